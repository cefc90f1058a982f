package cluster

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"text/template"
)

// nginxConfig is an ingress as docs/operations.md describes it, without TLS. Servers get requests in turn. What can't be
// handed over to a server goes to the next; what was handed over and got no answer goes to the next if it is a read, and
// else is told to the browser as 502, since it may have been done. HTTP 1.1 lets it see an answer that a dying server cut
// off: in 1.0 its end is that of the connection, so half a page would pass for one. Limits are wide, so that the servers'
// own show.
const nginxConfig = `daemon off;
worker_processes 1;
pid {{.Dir}}/nginx.pid;
error_log stderr error;
events { worker_connections 2048; }
http {
    log_format lines escape=json '{"end":$msec,"took":$request_time,"status":$status,"complete":"$request_completion","servers":"$upstream_addr","what":"$request_method $uri"}';
    access_log {{.Dir}}/requests.jsonl lines;
    client_body_temp_path {{.Dir}}/nginx-body;
    proxy_temp_path {{.Dir}}/nginx-proxy;
    fastcgi_temp_path {{.Dir}}/nginx-fastcgi;
    uwsgi_temp_path {{.Dir}}/nginx-uwsgi;
    scgi_temp_path {{.Dir}}/nginx-scgi;
    client_max_body_size 8m;
    large_client_header_buffers 4 32k;
    upstream dashboard {
{{range .Servers}}        server {{.}} max_fails=0;
{{end}}    }
    server {
        listen {{.Listen}};
        merge_slashes off;
        location {{.Path}}/ {
            proxy_pass http://dashboard;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_connect_timeout 5s;
            proxy_buffer_size 4k;
            proxy_read_timeout 320s;
            proxy_next_upstream error timeout;
        }
{{if .Path}}        location = {{.Path}} { proxy_pass http://dashboard; }
        location / { return 404 "Something else runs here.\n"; }
{{end}}    }
}
`

// Requests is a file with a line of JSON for each request that nginx has answered: when it ended (seconds since 1970) and
// how long it took, its status, whether the answer was sent whole ("OK"), and the servers that were asked, more than one
// where it was handed on.
func (c *Cluster) Requests() string { return c.file("requests.jsonl") }

// startNginx starts nginx at the public address, before the servers.
func (c *Cluster) startNginx(ctx context.Context) error {
	program, err := findNginx()
	if err != nil {
		return err
	}
	listen, _, _ := strings.Cut(strings.TrimPrefix(c.URL, "http://"), "/")
	view := struct {
		Dir, Listen, Path string
		Servers           []string
	}{Dir: c.dir, Listen: listen, Path: c.options.Path}
	for _, s := range c.servers {
		view.Servers = append(view.Servers, s.address)
	}
	var text strings.Builder
	if err := template.Must(template.New("nginx").Parse(nginxConfig)).Execute(&text, view); err != nil {
		return err
	}
	if err := c.user.write(c.file("nginx.conf"), text.String()); err != nil {
		return err
	}
	c.nginx, err = run("nginx", c.file("nginx.log"), syscall.SIGTERM, c.user.command(c.dir, program, "-p", c.dir, "-c", c.file("nginx.conf")))
	if err != nil {
		return err
	}
	return c.nginx.await(ctx, answers(c.URL+"/healthz"))
}

func findNginx() (string, error) {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if found, err := exec.LookPath(name); err == nil {
			return found, nil
		}
	}
	return "", errors.New("nginx is needed, and there is none here: install Debian's package nginx-light")
}
