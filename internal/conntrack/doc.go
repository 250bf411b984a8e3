// Package conntrack reads what the kernel's connection tracking of a network namespace
// has and did, through ctnetlink (nf_conntrack_netlink.c). What is decoded is pure; only
// asking for it is Linux.
package conntrack
