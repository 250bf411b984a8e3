package scenario

import (
	"testing"
	"time"
)

func TestHTTPSIsForTheEngineThatSpeaksIt(t *testing.T) {
	tests := []struct {
		engine EngineName
		scheme string
		want   EngineName
	}{
		{EngineAuto, "https", EngineNetHTTP},
		{EngineAuto, "http", EngineAuto},
		{EngineAuto, "tcp", EngineAuto},
		{EngineEpoll, "https", EngineEpoll},
		{EngineNetHTTP, "http", EngineNetHTTP},
		{EngineHey, "https", EngineHey},
	}
	for _, tt := range tests {
		w := DefaultWorkload()
		w.Engine = tt.engine
		if got := w.EngineFor(tt.scheme).Name; got != tt.want {
			t.Errorf("EngineFor(%s) of engine %s = %q, want %q", tt.scheme, tt.engine, got, tt.want)
		}
	}
}

func TestAResultHasWhatHeyDid(t *testing.T) {
	w := DefaultWorkload()
	w.Engine, w.Concurrency, w.Count = EngineHey, 30, 90
	if did := w.EngineFor("http").Does(w); did.Count != 90 || did.MaxIdleConnsPerHost != 30 ||
		did.Interval != time.Hour {
		t.Errorf("hey does count %d, %d idle, an interval of %v, want 90, 30, an hour",
			did.Count, did.MaxIdleConnsPerHost, did.Interval)
	}
	w.Engine = EngineNetHTTP
	if did := w.EngineFor("http").Does(w); did.MaxIdleConnsPerHost != 2 {
		t.Errorf("nethttp keeps %d idle, want 2 as before", did.MaxIdleConnsPerHost)
	}
}
