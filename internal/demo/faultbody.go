package demo

import (
	"bufio"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hugeBody is a little more than the dashboard's limit, in bytes.
const hugeBody = 272 << 20

// dripPause is the default pause between two bytes, unless the fault has a latency.
const dripPause = 100 * time.Millisecond

// fail sends the faulty answer; real is the true answer, where f needs it.
func (f *fault) fail(w http.ResponseWriter, r *http.Request, real *captured) {
	switch f.Body {
	case "":
		f.failPlain(w, r)
	case "html":
		f.write(w, "text/html; charset=utf-8", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"+
			"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
	case "truncated":
		whole := real.body.Bytes()
		f.write(w, "application/json", string(whole[:len(whole)/2]))
	case "empty":
		f.write(w, "application/json", "")
	case "null-users":
		f.write(w, "application/json", `{"users": null}`)
	case "unknown-types":
		f.write(w, "application/json", unknownTypes)
	case "raw":
		f.write(w, "application/json", f.Raw)
	case "huge":
		f.huge(w)
	case "drip":
		f.drip(w, r, real)
	case "reset":
		reset(w)
	}
}

// failPlain sends an error in the endpoint's own format.
func (f *fault) failPlain(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/api/") {
		answerJSON(w, f.Status, map[string]any{"msg": http.StatusText(f.Status), "code": f.Status})
		return
	}
	answerJSON(w, f.Status, map[string]string{"error": "unknown_error"})
}

func (f *fault) begin(w http.ResponseWriter, contentType string) {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.WriteHeader(max(f.Status, http.StatusOK))
}

func (f *fault) write(w http.ResponseWriter, contentType, body string) {
	f.begin(w, contentType)
	_, _ = w.Write([]byte(body)) // fails only when the client has disconnected
}

// huge streams users until the answer exceeds hugeBody bytes.
func (f *fault) huge(w http.ResponseWriter) {
	f.begin(w, "application/json")
	out := bufio.NewWriterSize(w, 64<<10)
	_, _ = out.WriteString(`{"users":{`)
	padding := strings.Repeat("x", 4<<10)
	var user []byte
	for i, size := 0, 0; size < hugeBody; i++ {
		id := strconv.AppendInt([]byte("00000000-0000-4000-8000-"), 1e11+int64(i), 10)
		user = append(append(user[:0], '"'), id...)
		user = append(append(append(user, `":{"id":"`...), id...), `","username":"user`...)
		user = append(strconv.AppendInt(user, int64(i), 10), `@example.com","enabled":true,"attributes":{"padding":["`...)
		user = append(append(user, padding...), `"]}},`...)
		if _, err := out.Write(user); err != nil {
			return
		}
		size += len(user)
	}
	_, _ = out.WriteString(`"end":null}}`)
	_ = out.Flush() // fails only when the client has disconnected
}

// drip sends the true answer one byte at a time.
func (f *fault) drip(w http.ResponseWriter, r *http.Request, real *captured) {
	w.Header().Set("Content-Length", strconv.Itoa(real.body.Len()))
	f.begin(w, "application/json")
	control := http.NewResponseController(w)
	wait := time.Duration(f.Latency)
	if wait == 0 {
		wait = dripPause
	}
	for _, b := range real.body.Bytes() {
		if _, err := w.Write([]byte{b}); err != nil || control.Flush() != nil || !pause(r, wait) {
			return
		}
	}
}

// reset resets the connection without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2: there the stream is reset
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // send RST rather than FIN; either will do
	}
	_ = conn.Close()
}

// unknownTypes has every field in an unexpected type, users that are not objects, and one valid user.
const unknownTypes = `{"users": {
"00000000-0000-4000-8000-00000000000a": {"id": 7, "username": ["a"], "email": {"value": "odd@example.com"}, "enabled": "yes",
 "emailVerified": 1, "createdTimestamp": "yesterday", "lastLogin": true, "requiredActions": "UPDATE_PASSWORD", "access": [],
 "firstName": null, "lastName": 3.5, "realmRoles": {"admin": true}, "federatedIdentities": "google", "notBefore": {}},
"00000000-0000-4000-8000-00000000000b": 7,
"00000000-0000-4000-8000-00000000000c": ["not", "a", "user"],
"00000000-0000-4000-8000-00000000000d": {"id": "00000000-0000-4000-8000-00000000000d", "username": "sound@example.com",
 "email": "sound@example.com", "enabled": true, "emailVerified": true, "createdTimestamp": 1684355671859, "requiredActions": [],
 "access": {"manage": true}, "somethingNew": {"deep": [1, {"x": null}]}}},
"paging": {"next": null}}`
