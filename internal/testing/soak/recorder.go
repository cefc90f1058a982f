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

// The marked account has another name for each administrator, so that a page shows whose token fetched its list.
const (
	markedEmail = "aaa.mark@example.com" // the first of the list
	markedName  = "seenby-nobody"
	markPrefix  = "seenby-"
)

// call is a change request to the API.
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
	session string // the authorization code that the session began with
	token   [32]byte
	access  [32]byte // hash of the returned access token
}

// recorder is a middleware in front of the stand-in that records requests, with the same clock as the browsers.
type recorder struct {
	mu       sync.Mutex
	calls    []call
	running  int // changes in progress
	renewals []renewal
	sessions map[[32]byte]string    // by refresh token
	used     map[[32]byte]time.Time // first use at the API, by access token
	lists    int
	lost     map[string]bool // sessions whose renewal was lost with a server, set by verifyRenewals
}

func newRecorder() *recorder {
	return &recorder{sessions: make(map[[32]byte]string), used: make(map[[32]byte]time.Time)}
}

// watch records the requests to the API and to the token endpoint.
func (w *recorder) watch(next http.Handler) http.Handler {
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
		answer := &bufferedAnswer{header: rw.Header(), status: http.StatusOK}
		if isAPI {
			w.api(next, answer, r, body)
		} else {
			w.token(next, answer, r, body)
		}
		rw.Header().Del("Content-Length")
		rw.WriteHeader(answer.status)
		_, _ = rw.Write(answer.body.Bytes()) // the server may have been killed
	})
}

func (w *recorder) api(next http.Handler, answer *bufferedAnswer, r *http.Request, body []byte) {
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
	r.Header.Del("Accept-Encoding") // the answer must be readable
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
	_ = json.Unmarshal(body, &asked) // without an email, the call matches no attempt
	c.status, c.target = answer.status, asked.Email
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running--
	w.calls = append(w.calls, c)
}

func (w *recorder) token(next http.Handler, answer *bufferedAnswer, r *http.Request, body []byte) {
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
	_ = json.Unmarshal(answer.body.Bytes(), &got) // an error has neither
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

// awaitIdle waits until the API has answered every change.
func (w *recorder) awaitIdle(done <-chan struct{}) {
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

// subjectOf returns the token's subject, unverified: the stand-in verifies it.
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

// bufferedAnswer is a ResponseWriter that buffers the answer.
type bufferedAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *bufferedAnswer) Header() http.Header         { return r.header }
func (r *bufferedAnswer) WriteHeader(status int)      { r.status = status }
func (r *bufferedAnswer) Write(b []byte) (int, error) { return r.body.Write(b) }
