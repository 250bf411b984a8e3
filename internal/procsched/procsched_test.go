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
	if got := now.Since(now); got != (Spent{}) {
		t.Errorf("Since(itself) = %v, want nothing", got)
	}
}

func TestParse(t *testing.T) {
	want := Spent{1200 * time.Microsecond, 34 * time.Microsecond}
	if got, err := parse("1200000 34000 17\n"); err != nil || got != want {
		t.Errorf("parse() = %v, %v", got, err)
	}
	if got, err := parse("x"); err == nil {
		t.Errorf("parse(x) = %v, want an error", got)
	}
}
