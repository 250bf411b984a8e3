package results_test

import (
	"testing"

	"tcpbench/results"
	"tcpbench/results/resultstest"
	"tcpbench/scenario"
)

func TestCommand(t *testing.T) {
	lab := results.Environment{Lab: true, TargetKind: "embedded", Server: "echo"}
	options := func(settings ...string) scenario.Workload {
		w := scenario.DefaultWorkload()
		for i := 0; i < len(settings); i += 2 {
			if err := w.Set(settings[i], settings[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		return w
	}
	tests := []struct {
		name          string
		run           results.Run
		command, lack string
	}{
		{"the defaults in a lab", results.Run{Options: options(), Environment: lab},
			"tcpbench run --server echo", ""},
		{"a result that does not name the server", results.Run{Options: options(),
			Environment: results.Environment{Lab: true, TargetKind: "embedded"}}, "tcpbench run", ""},
		{"what differs from them, quoted for a shell", results.Run{Environment: lab, Options: options("linger", "0",
			"sysctl.net.ipv4.ip_local_port_range", "40000 40999", "bind-no-port", "false")},
			"tcpbench run --linger 0 --bind-no-port=false --sysctl 'net.ipv4.ip_local_port_range=40000 40999' " +
				"--server echo", ""},
		{"a target of the user's", results.Run{Options: options("header", "X-It: it's"),
			Targets:     []string{"http://192.0.2.1:80/a?b=c"},
			Environment: results.Environment{TargetKind: "external"}},
			`tcpbench run --header 'X-It: it'\''s' 'http://192.0.2.1:80/a?b=c'`, ""},
		{"a program in a lab, at the word for its host", results.Run{Options: options(),
			Targets:     []string{"http://10.0.0.2:8080/x", "tcp://[fd00::2]:80"},
			Environment: results.Environment{Lab: true, TargetKind: "command", Server: "nginx -c /x.conf"}},
			"tcpbench run --server-cmd 'nginx -c /x.conf' 'http://{server}:8080/x' 'tcp://{server}:80'", ""},
		{"an exchange, step by step", results.Run{Environment: lab,
			Options: options("exchange", `[{"send": "PING\\r\\n"}, {"expect": "line"}]`)},
			`tcpbench run --send 'PING\r\n' --expect line --server echo`, ""},
		{"programs with files", results.Run{Options: options(), Environment: results.Environment{Lab: true,
			TargetKind: "command", ServerFiles: map[string]string{"nginx.conf": ""}}}, "",
			"its programs read files, which only a scenario gives them: run that again"},
		{"a journal", results.Run{Options: options(), CutOff: &results.CutOff{}}, "",
			"a journal does not say where the run was"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if command, lack := tt.run.Command(); command != tt.command || lack != tt.lack {
				t.Errorf("Command() = %q, %q, want %q, %q", command, lack, tt.command, tt.lack)
			}
		})
	}
}

func TestACommandOrWhyThereIsNone(t *testing.T) {
	for _, name := range resultstest.Names() {
		command, lack := resultstest.Real(t, name).Command()
		if (command == "") == (lack == "") {
			t.Errorf("Command() of %s = %q, %q, want one of the two", name, command, lack)
		}
	}
}
