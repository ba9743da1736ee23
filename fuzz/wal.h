/* The checksums of a WAL, made to fit what it holds: else SQLite reads nothing behind the first change. */

#ifndef WAL_H
#define WAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { WAL_HEADER = 32, FRAME_HEADER = 24 };

static inline uint32_t wal_word(const uint8_t *at, int is_big)
{
    uint32_t big = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    uint32_t little = (uint32_t)at[3] << 24 | (uint32_t)at[2] << 16 | (uint32_t)at[1] << 8 | at[0];
    return is_big ? big : little;
}

static inline void wal_put(uint8_t *at, uint32_t word)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(word >> (24 - 8 * i));
}

static inline void wal_sum(const uint8_t *data, size_t len, int is_big, uint32_t sums[2])
{
    for (size_t i = 0; i + 8 <= len; i += 8) {
        sums[0] += wal_word(data + i, is_big) + sums[1];
        sums[1] += wal_word(data + i + 4, is_big) + sums[0];
    }
}

/* Sets the salts and checksums of all frames. */
static inline void seal_wal(uint8_t *wal, size_t len)
{
    if (len < WAL_HEADER) return;
    uint32_t sums[2] = {0, 0}, page = wal_word(wal + 8, 1);
    int is_big = wal[3] & 1;
    if (page < 512 || page > 65536) return;
    wal_sum(wal, 24, is_big, sums);
    wal_put(wal + 24, sums[0]);
    wal_put(wal + 28, sums[1]);
    for (size_t at = WAL_HEADER; at + FRAME_HEADER + page <= len; at += FRAME_HEADER + page) {
        memcpy(wal + at + 8, wal + 16, 8);
        wal_sum(wal + at, 8, is_big, sums);
        wal_sum(wal + at + FRAME_HEADER, page, is_big, sums);
        wal_put(wal + at + 16, sums[0]);
        wal_put(wal + at + 20, sums[1]);
    }
}

#endif
