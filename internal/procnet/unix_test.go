package procnet

import "testing"

func TestUnixSocketsOfAFile(t *testing.T) {
	const text = `Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01   941 /tmp/a b/x.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12345 /tmp/a b/x.sock
0000000000000000: 00000002 00000000 00000000 0001 02 12346 /tmp/a b/x.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12347
0000000000000000: 00000003 00000000 00000000 0001 03 12348 @/tmp/a b/x.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12349 ./x.sock
0000000000000000: 00000003 00000000 00000000 0001 03 12350 /x.sock
`
	listens, open := 0, 0
	for _, s := range parseUnix(text, "/tmp/a b/x.sock") {
		switch {
		case s.flags == unixListens:
			listens++
		case s.state == unixConnecting || s.state == unixConnected:
			open++
		}
	}
	if listens != 1 || open != 3 {
		t.Errorf("parseUnix = %d listen and %d are connected, want 1 and 3", listens, open)
	}
	if got := parseUnix(text, "/tmp/y.sock"); len(got) != 0 {
		t.Errorf("parseUnix of a file without sockets = %v, want none", got)
	}
}
