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

func TestSocketsInAddsBothFamilies(t *testing.T) {
	const v4, v6 = "sockets: used 9\nTCP: inuse 5 orphan 0 tw 7 alloc 6 mem 1\n", "TCP6: inuse 3\n"
	if n, err := SocketsIn(v4, v6); n != (SocketCount{8, 7}) || err != nil {
		t.Errorf("SocketsIn = %+v, %v, want 8 in use and 7 TIME_WAITs", n, err)
	}
	if n, err := SocketsIn(v4, ""); n != (SocketCount{5, 7}) || err != nil {
		t.Errorf("SocketsIn of a kernel without IPv6 = %+v, %v, want 5 in use and 7 TIME_WAITs", n, err)
	}
	if n, err := SocketsIn("", v6); err == nil {
		t.Errorf("SocketsIn of nothing = %+v, want an error", n)
	}
}
