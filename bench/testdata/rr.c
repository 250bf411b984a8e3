/*
 * The least that requests on connections that stay open cost: the system calls that
 * tcpbench's epoll engine makes for them (workload/engine/epoll_linux.go), without a
 * clock read, a deadline or a record for any of them, and without a look into the
 * answer: all are taken to be as long as the first.
 *
 *   rr ADDRESS PORT IN_FLIGHT SECONDS REQUEST
 *
 * Prints one line of JSON: requests, the seconds they took, and the bytes received.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, BUFFER = 64 << 10 };

static const char *request;
static size_t request_size;
static char buffer[BUFFER];

static void die(const char *call)
{
	fprintf(stderr, "rr: %s: %s\n", call, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void ask(int fd)
{
	if (send(fd, request, request_size, MSG_NOSIGNAL) != (ssize_t)request_size)
		die("send");
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: rr ADDRESS PORT IN_FLIGHT SECONDS REQUEST\n");
		return 2;
	}
	struct sockaddr_in target = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[2])) };
	if (inet_pton(AF_INET, argv[1], &target.sin_addr) != 1) {
		fprintf(stderr, "rr: %s is no IPv4 address\n", argv[1]);
		return 2;
	}
	int in_flight = atoi(argv[3]), *fds = calloc(in_flight, sizeof *fds);
	size_t *got = calloc(in_flight, sizeof *got), size = 0;
	request = argv[5];
	request_size = strlen(request);
	int poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		die("epoll_create1");
	for (int i = 0; i < in_flight; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
		if (fds[i] < 0)
			die("socket");
		if (connect(fds[i], (struct sockaddr *)&target, sizeof target))
			die("connect");
	}
	ask(fds[0]); /* its answer, of one segment, tells how long each is */
	size = recv(fds[0], buffer, sizeof buffer, 0);
	if ((ssize_t)size <= 0)
		die("recv");
	double start = now(), end = start + atof(argv[4]);
	for (int i = 0; i < in_flight; i++) {
		struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u32 = i };
		if (epoll_ctl(poller, EPOLL_CTL_ADD, fds[i], &ev))
			die("epoll_ctl");
		ask(fds[i]);
	}
	long done = 1, bytes = size;
	for (int open = in_flight; open > 0;) {
		struct epoll_event events[EVENTS];
		int n = epoll_pwait(poller, events, EVENTS, 0, NULL);
		if (n == 0)
			n = epoll_pwait(poller, events, EVENTS, 50, NULL);
		int more = now() < end;
		for (int k = 0; k < n; k++) {
			int i = events[k].data.u32;
			ssize_t r = recv(fds[i], buffer, sizeof buffer, MSG_DONTWAIT);
			if (r < 0 && errno == EAGAIN)
				continue;
			if (r <= 0)
				die("recv");
			bytes += r;
			if ((got[i] += r) < size)
				continue;
			got[i] -= size;
			done++;
			if (more)
				ask(fds[i]);
			else
				open--;
		}
	}
	printf("{\"requests\": %ld, \"seconds\": %.6f, \"bytes\": %ld}\n", done, now() - start, bytes);
	return 0;
}
