package soak

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The marked account bears another name for each administrator, so that a page tells whose token fetched its list.
const (
	markedEmail = "aaa.mark@example.com" // the first of the list
	markedName  = "seenby-nobody"
	markPrefix  = "seenby-"
)

// call is a change that the API was asked for.
type call struct {
	at      time.Time
	subject string
	action  string // invite, activate or deactivate
	target  string // an email
	status  int
}

// renewal is one use of a refresh token.
type renewal struct {
	at      time.Time
	status  int
	session string // the code that it all began with
	token   [32]byte
	access  [32]byte // what it gave
}

// witness stands before the stand-in and remembers what it was asked for. Its clock is the browsers' own.
type witness struct {
	mu       sync.Mutex
	calls    []call
	running  int // changes not answered yet
	renewals []renewal
	sessions map[[32]byte]string    // by refresh token
	used     map[[32]byte]time.Time // access tokens, by when the API saw them first
	lists    int
	lost     map[string]bool // sessions whose renewal died with a server, found in the end
}

func newWitness() *witness {
	return &witness{sessions: make(map[[32]byte]string), used: make(map[[32]byte]time.Time)}
}

// watch sees what goes to the API and to the token endpoint.
func (w *witness) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		isAPI := strings.HasPrefix(r.URL.Path, "/v1/api/users/")
		if !isAPI && !strings.HasSuffix(r.URL.Path, "/openid-connect/token") {
			next.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := &recorded{header: rw.Header(), status: http.StatusOK}
		if isAPI {
			w.api(next, answer, r, body)
		} else {
			w.token(next, answer, r, body)
		}
		rw.Header().Del("Content-Length")
		rw.WriteHeader(answer.status)
		_, _ = rw.Write(answer.body.Bytes()) // the server may have died meanwhile
	})
}

func (w *witness) api(next http.Handler, answer *recorded, r *http.Request, body []byte) {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	subject := subjectOf(bearer)
	action := strings.TrimPrefix(r.URL.Path, "/v1/api/users/")
	c := call{at: time.Now(), subject: subject, action: action}
	isChange := action != "query"
	w.mu.Lock()
	if key := sha256.Sum256([]byte(bearer)); w.used[key].IsZero() {
		w.used[key] = c.at
	}
	if isChange {
		w.running++
	} else if !bytes.Contains(body, []byte("user_ids")) {
		w.lists++
	}
	w.mu.Unlock()
	r.Header.Del("Accept-Encoding") // the answer has to be read
	next.ServeHTTP(answer, r)
	if !isChange {
		marked := bytes.ReplaceAll(answer.body.Bytes(), []byte(markedName), []byte(markPrefix+subject))
		answer.body.Reset()
		answer.body.Write(marked)
		return
	}
	var asked struct {
		Email string `json:"email"`
	}
	_ = json.Unmarshal(body, &asked) // what names nobody is a call that belongs to no browser
	c.status, c.target = answer.status, asked.Email
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.calls = append(w.calls, c)
}

func (w *witness) token(next http.Handler, answer *recorded, r *http.Request, body []byte) {
	at := time.Now()
	form, err := url.ParseQuery(string(body))
	if err != nil {
		form = nil
	}
	next.ServeHTTP(answer, r)
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal(answer.body.Bytes(), &got) // a refusal has neither
	w.mu.Lock()
	defer w.mu.Unlock()
	session := form.Get("code")
	if spent := form.Get("refresh_token"); spent != "" {
		key := sha256.Sum256([]byte(spent))
		session = w.sessions[key]
		w.renewals = append(w.renewals, renewal{at: at, status: answer.status, session: session, token: key, access: sha256.Sum256([]byte(got.Access))})
	}
	if got.Refresh != "" {
		w.sessions[sha256.Sum256([]byte(got.Refresh))] = session
	}
}

// quiet waits until the API is done with every change that it was asked for.
func (w *witness) quiet(done <-chan struct{}) {
	for {
		w.mu.Lock()
		running := w.running
		w.mu.Unlock()
		if running == 0 {
			return
		}
		select {
		case <-done:
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// subjectOf reads whose token it is, without a check: the stand-in checks.
func subjectOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		return ""
	}
	return claims.Subject
}

// recorded is an answer that is kept until it is complete.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorded) Header() http.Header         { return r.header }
func (r *recorded) WriteHeader(status int)      { r.status = status }
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }
