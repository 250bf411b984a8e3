package procnet

import (
	"testing"
)

func TestParseJoinsPrefixAndName(t *testing.T) {
	c := Counters{}
	text := "Tcp: ActiveOpens CurrEstab\nTcp: 12 3\nTcpExt: TW\nTcpExt: 1000\n"
	if err := c.parse(text); err != nil {
		t.Fatal(err)
	}
	if c["TcpActiveOpens"] != 12 || c["TcpExtTW"] != 1000 {
		t.Errorf("parse = %v, want TcpActiveOpens 12 and TcpExtTW 1000", c)
	}
	delta := c.Since(Counters{"TcpActiveOpens": 2, "TcpExtTW": 1000})
	if len(delta) != 1 || delta["TcpActiveOpens"] != 10 {
		t.Errorf("Since = %v, want TcpActiveOpens 10 alone: no gauge, nothing that stood still", delta)
	}
}

func TestReadKnowsThisKernel(t *testing.T) {
	c, err := Read("self")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TcpActiveOpens", "TcpOutRsts", "TcpExtTW", "TcpExtTWRecycled",
		"TcpExtListenOverflows", "TcpExtTCPTimeWaitOverflow"} {
		if _, ok := c[name]; !ok {
			t.Errorf("Read has no %s", name)
		}
	}
	if _, err := TimeWaits("self"); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Tcp: A B\nTcp: 1 2\n")
	f.Add("Tcp: A\nUdp: 1\n")
	f.Add(":\n:\n")
	f.Fuzz(func(_ *testing.T, text string) {
		_ = Counters{}.parse(text)
		_, _ = sockstat(text, "tw")
	})
}
