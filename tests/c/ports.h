/* Ports of this machine. */

#ifndef PORTS_H
#define PORTS_H

#include "check.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <winsock2.h>
#include <ws2tcpip.h>

static void begin_sockets(void)
{
    WSADATA data;
    CHECK(WSAStartup(MAKEWORD(2, 2), &data) == 0);
}

static void close_socket(SOCKET it) { closesocket(it); }
#else
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

typedef int SOCKET;

static void begin_sockets(void) {}
static void close_socket(SOCKET it) { close(it); }
#endif

/* Returns a port on which no server listens. */
static MAYBE_UNUSED int closed_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    begin_sockets();
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    close_socket(listener);
    return ntohs(address.sin_port);
}

#endif
