package capture

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestTcpdumpReadsAPcap(t *testing.T) {
	// An ARP request, of which tcpdump prints every field.
	arp := []byte{
		255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6,
		0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 198, 18, 0, 1, 0, 0, 0, 0, 0, 0, 198, 19, 0, 1,
	}
	at := time.Unix(1234567890, 123456789)
	path := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(path, Pcap([]Frame{{At: at, Bytes: arp, Length: 60},
		{At: at.Add(time.Second), Bytes: arp, Length: len(arp)}}), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("tcpdump", "-nn", "-tt", "--nano", "-r", path).Output()
	const want = "1234567890.123456789 ARP, Request who-has 198.19.0.1 tell 198.18.0.1, length 46\n" +
		"1234567891.123456789 ARP, Request who-has 198.19.0.1 tell 198.18.0.1, length 28\n"
	if err != nil || string(out) != want {
		t.Errorf("tcpdump -r = %q, %v, want %q", out, err, want)
	}
}
