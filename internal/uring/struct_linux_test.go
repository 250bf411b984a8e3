package uring

import (
	"testing"
	"unsafe"
)

// The values are those of linux/io_uring.h, on every 64-bit machine.
func TestStructsAreTheKernels(t *testing.T) {
	var (
		sqe SQE
		cqe CQE
		p   params
		sq  sqOffsets
		cq  cqOffsets
		reg rsrcRegister
		up  rsrcUpdate
		arg geteventsArg
		buf buffer
		bre bufferRegister
	)
	for _, tt := range []struct {
		name      string
		got, want uintptr
	}{
		{"sizeof(struct io_uring_sqe)", unsafe.Sizeof(sqe), 64},
		{"io_uring_sqe.flags", unsafe.Offsetof(sqe.Flags), 1},
		{"io_uring_sqe.ioprio", unsafe.Offsetof(sqe.Ioprio), 2},
		{"io_uring_sqe.fd", unsafe.Offsetof(sqe.FD), 4},
		{"io_uring_sqe.off", unsafe.Offsetof(sqe.Off), 8},
		{"io_uring_sqe.addr", unsafe.Offsetof(sqe.Addr), 16},
		{"io_uring_sqe.len", unsafe.Offsetof(sqe.Len), 24},
		{"io_uring_sqe.msg_flags", unsafe.Offsetof(sqe.OpFlags), 28},
		{"io_uring_sqe.user_data", unsafe.Offsetof(sqe.UserData), 32},
		{"io_uring_sqe.buf_index", unsafe.Offsetof(sqe.BufIndex), 40},
		{"io_uring_sqe.personality", unsafe.Offsetof(sqe.Personality), 42},
		{"io_uring_sqe.file_index", unsafe.Offsetof(sqe.FileIndex), 44},
		{"io_uring_sqe.optval", unsafe.Offsetof(sqe.Addr3), 48},
		{"sizeof(struct io_uring_cqe)", unsafe.Sizeof(cqe), 16},
		{"io_uring_cqe.res", unsafe.Offsetof(cqe.Res), 8},
		{"io_uring_cqe.flags", unsafe.Offsetof(cqe.Flags), 12},
		{"sizeof(struct io_uring_params)", unsafe.Sizeof(p), 120},
		{"io_uring_params.features", unsafe.Offsetof(p.features), 20},
		{"io_uring_params.sq_off", unsafe.Offsetof(p.sq), 40},
		{"io_uring_params.cq_off", unsafe.Offsetof(p.cq), 80},
		{"sizeof(struct io_sqring_offsets)", unsafe.Sizeof(sq), 40},
		{"io_sqring_offsets.dropped", unsafe.Offsetof(sq.dropped), 20},
		{"sizeof(struct io_cqring_offsets)", unsafe.Sizeof(cq), 40},
		{"io_cqring_offsets.cqes", unsafe.Offsetof(cq.cqes), 20},
		{"sizeof(struct io_uring_rsrc_register)", unsafe.Sizeof(reg), 32},
		{"io_uring_rsrc_register.data", unsafe.Offsetof(reg.data), 16},
		{"sizeof(struct io_uring_rsrc_update)", unsafe.Sizeof(up), 16},
		{"io_uring_rsrc_update.data", unsafe.Offsetof(up.data), 8},
		{"sizeof(struct io_uring_getevents_arg)", unsafe.Sizeof(arg), 24},
		{"sizeof(struct io_uring_buf)", unsafe.Sizeof(buf), 16},
		{"io_uring_buf.len", unsafe.Offsetof(buf.size), 8},
		{"io_uring_buf.bid", unsafe.Offsetof(buf.id), 12},
		{"io_uring_buf_ring.tail", unsafe.Offsetof(buf.tail), 14},
		{"sizeof(struct io_uring_buf_reg)", unsafe.Sizeof(bre), 40},
		{"io_uring_buf_reg.ring_entries", unsafe.Offsetof(bre.entries), 8},
		{"io_uring_buf_reg.bgid", unsafe.Offsetof(bre.group), 12},
		{"io_uring_getevents_arg.ts", unsafe.Offsetof(arg.ts), 16},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %d, want %d", tt.name, tt.got, tt.want)
		}
	}
}
