/*
 * The least that short connections cost: the system calls that tcpbench's
 * epoll engine makes (workload/engine/epoll_linux.go), in its order, without
 * a clock read, a deadline or a record for any of them.
 *
 *   crr ADDRESS PORT IN_FLIGHT SECONDS rst|fin|server fresh|keep
 *
 * Each connection sends one byte, reads one byte, and closes with RST or FIN, or with
 * FIN after the server's; with keep, which is for RST alone, its socket is disconnected
 * and connected again.
 * Prints one line of JSON: connections, the seconds they took, and the CPU
 * seconds of this process meanwhile.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* BATCH is how many connections begin before answers are looked for; the
 * engine bounds this by time (beginBudget), which comes to about as many. */
enum { EVENTS = 256, BUFFER = 64 << 10, BATCH = 16 };

enum { WATCH_READ = EPOLLIN | EPOLLRDHUP | EPOLLET, WATCH_WRITE = WATCH_READ | EPOLLOUT };

struct conn {
	int fd;   /* -1 where there is none */
	int sent; /* the request is written */
	int got;  /* the answer is read */
	int over; /* nobody waits for it; a disconnect is an event, too */
	unsigned watched;
};

static struct sockaddr_in target;
static struct conn *conns;
static int *idle, idle_count, poller, reset, keep, server_first;
static char buffer[BUFFER];

static void die(const char *call)
{
	fprintf(stderr, "crr: %s: %s\n", call, strerror(errno));
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void request(struct conn *c)
{
	char byte = 0;
	if (send(c->fd, &byte, 1, MSG_NOSIGNAL) == 1)
		c->sent = 1;
	else if (errno != EAGAIN)
		die("send");
}

/* begin opens connection i and sends in the hope that the handshake is over. */
static void begin(int i)
{
	struct conn *c = &conns[i];
	int fresh = c->fd < 0;
	if (fresh) {
		c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
		if (c->fd < 0)
			die("socket");
		struct linger rst = { .l_onoff = 1, .l_linger = 0 };
		if (reset && setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &rst, sizeof rst))
			die("setsockopt");
	}
	if (connect(c->fd, (struct sockaddr *)&target, sizeof target) && errno != EINPROGRESS)
		die("connect");
	c->sent = c->got = c->over = 0;
	request(c);
	unsigned watch = c->sent ? WATCH_READ : WATCH_WRITE;
	if (!fresh && !(watch & ~c->watched))
		return;
	c->watched = watch;
	struct epoll_event ev = { .events = watch, .data.u32 = i };
	if (epoll_ctl(poller, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &ev))
		die("epoll_ctl");
}

/* arrived reads so many bytes at once, or the end where that is none; it reports
 * whether they are there. */
static int arrived(struct conn *c, ssize_t bytes)
{
	ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n != bytes)
		die("recv: not what was to come");
	return 1;
}

/* advance goes on with a connection; it reports whether it is over. */
static int advance(struct conn *c, unsigned events)
{
	if (c->over)
		return 0;
	if (!c->sent) {
		int e = 0;
		socklen_t size = sizeof e;
		getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &size);
		if (e) {
			errno = e;
			die("connect");
		}
		request(c);
	}
	if (!(events & ~EPOLLOUT))
		return 0;
	if (!c->got && !(c->got = arrived(c, 1)))
		return 0;
	if (server_first && !arrived(c, 0))
		return 0;
	c->over = 1;
	if (!keep) {
		close(c->fd);
		c->fd = -1;
		return 1;
	}
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	if (connect(c->fd, &none, sizeof none))
		die("disconnect");
	return 1;
}

/* serve handles the events that are there, and waits for some if so wanted;
 * it returns how many connections were over. */
static int serve(int wait)
{
	struct epoll_event events[EVENTS];
	int n = epoll_pwait(poller, events, EVENTS, 0, NULL);
	if (n == 0 && wait)
		n = epoll_pwait(poller, events, EVENTS, 50, NULL);
	int done = 0;
	for (int k = 0; k < n; k++) {
		int i = events[k].data.u32;
		if (advance(&conns[i], events[k].events)) {
			idle[idle_count++] = i;
			done++;
		}
	}
	return done;
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fprintf(stderr, "usage: crr ADDRESS PORT IN_FLIGHT SECONDS rst|fin|server fresh|keep\n");
		return 2;
	}
	reset = !strcmp(argv[5], "rst");
	server_first = !strcmp(argv[5], "server");
	keep = reset && !strcmp(argv[6], "keep");
	target.sin_family = AF_INET;
	target.sin_port = htons(atoi(argv[2]));
	if (inet_pton(AF_INET, argv[1], &target.sin_addr) != 1) {
		fprintf(stderr, "crr: %s is no IPv4 address\n", argv[1]);
		return 2;
	}
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files))
		die("getrlimit");
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files))
		die("setrlimit");
	int in_flight = atoi(argv[3]);
	conns = calloc(in_flight, sizeof *conns);
	idle = calloc(in_flight, sizeof *idle);
	for (int i = 0; i < in_flight; i++) {
		conns[i].fd = -1;
		idle[idle_count++] = i;
	}
	poller = epoll_create1(EPOLL_CLOEXEC);
	if (poller < 0)
		die("epoll_create1");

	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), start = seconds(CLOCK_MONOTONIC);
	double end = start + atof(argv[4]);
	long done = 0;
	for (;;) {
		int more = seconds(CLOCK_MONOTONIC) < end;
		for (int k = 0; more && k < BATCH && idle_count > 0; k++)
			begin(idle[--idle_count]);
		if (!more && idle_count == in_flight)
			break;
		done += serve(!more || idle_count == 0);
	}
	printf("{\"connections\": %ld, \"seconds\": %.6f, \"cpu_seconds\": %.6f}\n", done,
	       seconds(CLOCK_MONOTONIC) - start, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	return 0;
}
