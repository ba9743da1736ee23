/* SHA-1, as FIPS 180-4 has it, of bytes that are in memory as a whole. */

#include "sha1.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t turn(uint32_t it, int bits)
{
    return it << bits | it >> (32 - bits);
}

static void add_block(uint32_t *hash, const unsigned char *block)
{
    uint32_t words[80], a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] = turn(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t mixed = i < 20   ? ((b & c) | (~b & d)) + 0x5a827999
                         : i < 40 ? (b ^ c ^ d) + 0x6ed9eba1
                         : i < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
                                  : (b ^ c ^ d) + 0xca62c1d6;
        uint32_t next = turn(a, 5) + mixed + e + words[i];
        e = d, d = c, c = turn(b, 30), b = a, a = next;
    }
    hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d, hash[4] += e;
}

void sha1(const unsigned char *bytes, size_t len, char *digits)
{
    uint32_t hash[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char last[128] = "";
    size_t rest = len % 64, last_len = rest < 56 ? 64 : 128;
    for (size_t at = 0; at + 64 <= len; at += 64) add_block(hash, bytes + at);
    memcpy(last, bytes + len - rest, rest);
    last[rest] = 0x80;
    for (int i = 0; i < 8; i++) last[last_len - 1 - i] = (unsigned char)((uint64_t)len * 8 >> 8 * i);
    for (size_t at = 0; at < last_len; at += 64) add_block(hash, last + at);
    for (int i = 0; i < 5; i++) sprintf(digits + 8 * i, "%08x", hash[i]);
}
