package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// maxCall limits a call's body; a query for 100,000 ids takes about 4 MB.
const maxCall = 8 << 20

// api stands in for Wallaroo's users API, as far as it is known (its error texts mostly aren't).
type api struct {
	users   *directory
	bearers bearers
}

// call handles one endpoint for an authenticated administrator. An error is sent as {msg, code}.
type call func(w http.ResponseWriter, r *http.Request, body []byte) error

func (a *api) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/v1/api/users/query", a.guard(a.query))
	mux.Handle("/v1/api/users/invite", a.guard(a.invite))
	mux.Handle("/v1/api/users/activate", a.guard(a.setEnabled(true)))
	mux.Handle("/v1/api/users/deactivate", a.guard(a.setEnabled(false)))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answerRefusal(w, &refusal{http.StatusNotFound, "Not Found"})
	})
	return mux
}

// guard passes POST requests of administrators to next and rejects all others.
func (a *api) guard(next call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.admit(w, r, next); err != nil {
			answerRefusal(w, err)
		}
	})
}

func (a *api) admit(w http.ResponseWriter, r *http.Request, next call) error {
	claims, err := a.bearers.verify(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return &refusal{http.StatusUnauthorized, "Unauthorized"}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &refusal{http.StatusMethodNotAllowed, "Method Not Allowed"}
	}
	if !slices.Contains(rolesOf(claims), "admin") {
		return &refusal{http.StatusForbidden, "Forbidden"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return &refusal{http.StatusRequestEntityTooLarge, "Request Entity Too Large"}
	}
	if err != nil {
		return &refusal{http.StatusBadRequest, "Bad Request"}
	}
	return next(w, r, body)
}

// query serves POST /v1/api/users/query: all users in random order, or those with the given ids.
func (a *api) query(w http.ResponseWriter, r *http.Request, body []byte) error {
	var in struct {
		UserIDs *[]string `json:"user_ids"`
	}
	if err := decode(body, &in); err != nil {
		return err
	}
	var entries [][]byte
	if in.UserIDs == nil {
		entries = a.users.list()
		//nolint:gosec // random order, not a secret
		rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	} else {
		entries = a.entriesOf(*in.UserIDs)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		writeUsers(w, entries)
		return nil
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Encoding", "gzip")
	writeUsers(z, entries)
	_ = z.Close() // fails only when the client has disconnected
	return nil
}

func (a *api) entriesOf(ids []string) [][]byte {
	seen := make(map[string]bool, len(ids))
	entries := make([][]byte, 0, len(ids))
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		value := a.users.read(id)
		if value == nil {
			value = []byte("null")
		}
		key, err := json.Marshal(id)
		if err != nil {
			panic(err) // a string: can't happen
		}
		entries = append(entries, bytes.Join([][]byte{key, value}, []byte(":")))
	}
	return entries
}

// writeUsers streams {"users": {…}} and stops when a write fails.
func writeUsers(out io.Writer, entries [][]byte) {
	const chunk = 60 << 10
	buf := append(make([]byte, 0, chunk+8<<10), `{"users":{`...)
	for i, e := range entries {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, e...)
		if len(buf) >= chunk {
			if _, err := out.Write(buf); err != nil {
				return
			}
			buf = buf[:0]
		}
	}
	_, _ = out.Write(append(buf, "}}"...))
}

// invite serves POST /v1/api/users/invite.
func (a *api) invite(w http.ResponseWriter, _ *http.Request, body []byte) error {
	var in struct {
		Email        *string  `json:"email"`
		Password     string   `json:"password"`
		Roles        []string `json:"roles"`
		RequireReset bool     `json:"require_reset"`
	}
	if err := decode(body, &in); err != nil {
		return err
	}
	if in.Email == nil {
		return &refusal{http.StatusBadRequest, "missing field `email`"}
	}
	id, plain, err := a.users.invite(*in.Email, in.Password, slices.Contains(in.Roles, "admin"), in.RequireReset)
	if err != nil {
		return err
	}
	answerJSON(w, http.StatusOK, map[string]string{"id": id, "password": plain})
	return nil
}

// setEnabled serves POST /v1/api/users/activate and /deactivate.
func (a *api) setEnabled(enabled bool) call {
	return func(w http.ResponseWriter, _ *http.Request, body []byte) error {
		var in struct {
			Email *string `json:"email"`
		}
		if err := decode(body, &in); err != nil {
			return err
		}
		if in.Email == nil {
			return &refusal{http.StatusBadRequest, "missing field `email`"}
		}
		if err := a.users.setEnabled(*in.Email, enabled); err != nil {
			return err
		}
		answerJSON(w, http.StatusOK, struct{}{})
		return nil
	}
}

// decode reads one JSON object; unknown fields are ignored.
func decode(body []byte, into any) error {
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || trimmed[0] != '{' {
		return &refusal{http.StatusBadRequest, "Json deserialize error: expected an object"}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &refusal{http.StatusBadRequest, "Json deserialize error: " + err.Error()}
	}
	return nil
}

// answerRefusal sends err as {msg, code}, the error body that Wallaroo's own client reads.
func answerRefusal(w http.ResponseWriter, err error) {
	r := &refusal{http.StatusInternalServerError, "Internal Server Error"}
	_ = errors.As(err, &r)
	answerJSON(w, r.status, map[string]any{"msg": r.msg, "code": r.status})
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only when the client has disconnected
}
