package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
)

func (s *stack) host() string {
	u, err := url.Parse(s.site)
	if err != nil {
		s.t.Fatal(err)
	}
	return u.Host
}

// account is the true state of one account at the stand-in.
type account struct {
	ID      string `json:"id"`
	Email   string `json:"email"`
	Enabled bool   `json:"enabled"`
}

func (s *stack) account(user string) account {
	s.t.Helper()
	answer := s.control(http.MethodGet, "users?user="+url.QueryEscape(user), nil)
	var found []account
	if err := json.Unmarshal(answer, &found); err != nil || len(found) == 0 {
		s.t.Fatalf("no account %s in %s (%v)", user, answer, err)
	}
	return found[0]
}

func (s *stack) userID(user string) string { return s.account(user).ID }

// direct asks the server as an ingress does, at the address that it listens on,
// and gives the headers of its answer.
func (s *stack) direct(path string, headers ...string) http.Header {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.address+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		s.t.Fatal(err)
	}
	return res.Header
}
