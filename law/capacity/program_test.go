package capacity

import "testing"

// A command may start several programs: the one that wrote the line is the one whose
// configuration helps.
func TestTheProgramIsTheOneThatSaidIt(t *testing.T) {
	const (
		nginx   = "connect() to 198.19.0.1 failed (99: Cannot assign requested address) while connecting to upstream"
		haproxy = "Connect() failed for backend back: no free ports."
		php     = "NOTICE: PHP message: PHP Fatal error:  Uncaught RedisException: " +
			"Cannot assign requested address in x:N"
		other = "dial tcp 127.0.0.1: connect: cannot assign requested address"
	)
	tests := []struct {
		name, command, line, want string
	}{
		{"nginx before php-fpm, and php said it", "sh -c php-fpm8.2 -F & exec nginx", php, "php-fpm"},
		{"nginx before php-fpm, and nginx said it", "sh -c php-fpm8.2 -F & exec nginx", nginx, "nginx"},
		{"haproxy before a program that is not known", "sh -c ./app & exec haproxy -db", other, ""},
		{"haproxy", "haproxy -db", haproxy, "haproxy"},
		{"a script that starts nginx", "./start.sh", nginx, "nginx"},
		{"nobody said it", "nginx", "", "nginx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ProgramOf("server", []string{tt.command}).WhichSaid(tt.line)
			if got.name != tt.want || got.Host != "server" {
				t.Errorf("WhichSaid(%q) = %q on %q, want %q on the server", tt.line, got.name, got.Host, tt.want)
			}
		})
	}
}
