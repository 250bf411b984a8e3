package message

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tcpbench/experiment/cell"
	"tcpbench/scenario"
)

func anOrder() Order {
	return Order{Version: Version, Coordinator: Coordinator{ID: "a1", Name: "host (1)"}, Ping: 3,
		Prepare: &Prepare{Run: "r-1", Spec: cell.Spec{Workload: scenario.DefaultWorkload(),
			Targets: []string{"tcp://127.0.0.1:7000"}}},
		Begin: &Begin{Run: "r-1", At: time.Second}, Give: &Give{Run: "r-1", Offset: 5}}
}

func aReport() Report {
	return Report{Version: Version, Instance: "i", Status: &Status{Job: &Job{Run: "r-1", State: Running},
		Kept: []Kept{{Run: "r-0", Bytes: 7, Sum: "ab"}}}, Chunk: &Chunk{Run: "r-0", Data: []byte("{}")}}
}

func TestWhatIsSaidIsHeard(t *testing.T) {
	b, err := Encode(anOrder())
	if err != nil {
		t.Fatal(err)
	}
	o, err := DecodeOrder(b)
	if err != nil {
		t.Fatal(err)
	}
	// A workload has its effective values when it is read again.
	if again, err := Encode(o); err != nil || string(again) != string(b) {
		t.Errorf("DecodeOrder(%s) = %s, %v", b, again, err)
	}
	if b, err = Encode(aReport()); err != nil {
		t.Fatal(err)
	}
	if got, err := DecodeReport(b); err != nil || !reflect.DeepEqual(got, aReport()) {
		t.Errorf("DecodeReport(%s) = %+v, %v, want %+v", b, got, err, aReport())
	}
}

func TestWhatNobodySaysIsRefused(t *testing.T) {
	order := func(change func(*Order)) string {
		o := anOrder()
		change(&o)
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tests := []struct{ name, order, want string }{
		{"nothing", "", "unexpected end"},
		{"no JSON", "begin", "invalid character"},
		{"two orders", order(func(*Order) {}) + order(func(*Order) {}), "more than one value"},
		{"another version", order(func(o *Order) { o.Version = 2 }), "one release"},
		{"from nobody", order(func(o *Order) { o.Coordinator.ID = "" }), "from nobody"},
		{"a field that there is not", `{"version":1,"coordinator":{"id":"a"},"run":"rm"}`, "unknown field"},
		{"a run that is a path", order(func(o *Order) { o.End = "../../etc/passwd" }), "no name of a run"},
		{"a run to begin without a name", order(func(o *Order) { o.Begin.Run = "" }), "no name of a run"},
		{"a pace below nothing", order(func(o *Order) { o.Every = -1 }), "one is there"},
		{"a pace without an end", order(func(o *Order) { o.Every = 2 * time.Hour }), "one is there"},
		{"fewer intervals than none", order(func(o *Order) { o.Prepare.Join = -1 }), "told as one"},
		{"a part before the first", order(func(o *Order) { o.Give.Offset = -1 }), "below 0"},
		{"too much", order(func(o *Order) { o.Prepare.Spec.Targets = []string{strings.Repeat("x", MaxBytes)} }),
			"at most"},
		{"a workload that there is not", strings.Replace(order(func(*Order) {}), `"mode":"short"`, `"mode":"flood"`, 1),
			"flood"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := DecodeOrder([]byte(tt.order)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("DecodeOrder(%.200s) = %+v, %v, want an error with %q", tt.order, got, err, tt.want)
			}
		})
	}
	if _, err := DecodeOrder([]byte(`{"version":7}`)); !errors.Is(err, ErrVersion) {
		t.Errorf("DecodeOrder(version 7) = %v, want ErrVersion", err)
	}
	bad := aReport()
	bad.Status.Kept[0].Run = "/etc/passwd"
	b, _ := json.Marshal(bad)
	if _, err := DecodeReport(b); err == nil {
		t.Error("DecodeReport of a result called /etc/passwd = nil, want an error")
	}
}

func FuzzDecodeOrder(f *testing.F) {
	b, err := Encode(anOrder())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte(`{"version":1,"coordinator":{"id":"a"},"hold":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := DecodeOrder(b)
		if err != nil {
			return
		}
		again, err := Encode(o)
		if err != nil {
			return // it has become too long
		}
		if _, err := DecodeOrder(again); err != nil {
			t.Errorf("DecodeOrder(%s), which was read from %q: %v", again, b, err)
		}
	})
}

func FuzzDecodeReport(f *testing.F) {
	b, err := Encode(aReport())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeReport(b)
		if err != nil {
			return
		}
		again, err := Encode(r)
		if err != nil {
			return
		}
		if _, err := DecodeReport(again); err != nil {
			t.Errorf("DecodeReport(%s), which was read from %q: %v", again, b, err)
		}
	})
}
