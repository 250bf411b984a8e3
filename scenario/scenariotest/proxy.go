// Package scenariotest has programs for labs of tests: nginx and haproxy as proxies, each
// in a directory of its own.
package scenariotest

import (
	"fmt"

	"tcpbench/scenario"
)

// Nginx is nginx as a proxy, with these directives of its location beside
// proxy_pass, and of its upstream beside the server.
func Nginx(location, upstream string) scenario.Program {
	config := fmt.Sprintf(`daemon off;
user root;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	upstream back { server {server}:7000; %s }
	server {
		listen {proxy}:8080 backlog=4096;
		location / { proxy_pass http://back; %s }
	}
}
`, upstream, location)
	return scenario.Program{
		Command:   []string{"nginx", "-e", "stderr", "-p", "{dir}", "-c", "nginx.conf"},
		Addresses: []string{"http://{proxy}:8080/"},
		Files:     scenario.Files{"nginx.conf": config},
	}
}

// ClosesFirst are nginx's directives with which it closes its connections to the
// server first, so that each leaves it a TIME_WAIT.
const ClosesFirst = `proxy_http_version 1.1; proxy_set_header Connection "";`
