package procsched

import (
	"testing"
	"time"
)

func TestSinceIsOfTheBusiestThread(t *testing.T) {
	before := Threads{"7": {Ran: 40, Waited: 2}, "8": {Ran: 500, Waited: 5}}
	now := Threads{"7": {Ran: 90, Waited: 22}, "8": {Ran: 560, Waited: 6}, "9": {Ran: 10}}
	if got, want := now.Since(before), (Spent{Ran: 50, Waited: 20}); got != want {
		t.Errorf("Since() = %v, want %v", got, want)
	}
	now["8"] = Spent{Ran: 5560, Waited: 6, Spun: 5000} // it was awake the longest
	if got, want := now.Since(before), (Spent{Ran: 50, Waited: 20}); got != want {
		t.Errorf("Since() with a thread that spun = %v, want %v", got, want)
	}
	now["8"] = Spent{Ran: 5560, Waited: 6, Spun: 4900}
	if got, want := now.Since(before), (Spent{Ran: 5060, Waited: 1, Spun: 4900}); got != want || got.Worked() != 160 {
		t.Errorf("Since() with one that worked the longest = %v of work %v, want %v, 160", got, got.Worked(), want)
	}
	if got := now.Since(now); got != (Spent{}) {
		t.Errorf("Since(itself) = %v, want nothing", got)
	}
}

func TestParse(t *testing.T) {
	want := Spent{Ran: 1200 * time.Microsecond, Waited: 34 * time.Microsecond}
	if got, err := parse("1200000 34000 17\n"); err != nil || got != want {
		t.Errorf("parse() = %v, %v", got, err)
	}
	for _, text := range []string{"x", "", "1200000\n", "1200000 x 17\n", "x 34000 17\n"} {
		if got, err := parse(text); err == nil {
			t.Errorf("parse(%q) = %v, want an error", text, got)
		}
	}
}

func TestInnermostIsTheLastNumber(t *testing.T) {
	tests := []struct {
		name, status string
		want         int
	}{
		{"its own namespace", "Name:\tx\nNgid:\t0\nNStgid:\t40\t1\nNSpid:\t47\t8\nNSpgid:\t40\t1\n", 8},
		{"the reader's namespace", "Name:\tx\nNSpid:\t47\nNSpgid:\t40\n", 47},
		{"a name that looks like it", "Name:\tNSpid:\t3\nPid:\t47\n", 0},
		{"an old kernel", "Name:\tx\nPid:\t47\n", 0},
		{"nothing", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := innermost(tt.status); got != tt.want {
				t.Errorf("innermost(%q) = %d, want %d", tt.status, got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1 2 3", "", "1", "-1 -1", "9223372036854775808 0", "a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if spent, err := parse(text); err != nil && spent != (Spent{}) {
			t.Errorf("parse(%q) = %v, %v, want one of both", text, spent, err)
		}
	})
}
