package handlers

import (
	"net/http"
)

// alive serves GET /healthz: the process answers.
func (s *site) alive(w http.ResponseWriter, _ *http.Request) error {
	return plainText(w, http.StatusOK, "ok\n")
}

// ready serves GET /readyz: 503 only without our own database or while
// draining. An API or a provider that is down is told in the body, since an
// ingress that took us out for it would hide our own error pages.
func (s *site) ready(w http.ResponseWriter, r *http.Request) error {
	if err := s.Ready(r.Context()); err != nil {
		s.logCause(r, http.StatusServiceUnavailable, err)
		return plainText(w, http.StatusServiceUnavailable, "not ready\n")
	}
	text := "ready\n"
	for _, name := range s.Degraded() {
		text += "degraded: " + name + " did not answer its last call\n"
	}
	return plainText(w, http.StatusOK, text)
}

func plainText(w http.ResponseWriter, status int, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	// The prober may have gone; nobody is left to tell.
	_, _ = w.Write([]byte(text))
	return nil
}
