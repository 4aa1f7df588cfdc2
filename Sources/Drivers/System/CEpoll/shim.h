// What Swift's Glibc leaves out of the C library.
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Declared for _GNU_SOURCE only, which a module map cannot define.
int accept4(int socket, struct sockaddr *restrict address, socklen_t *restrict length, int flags);
