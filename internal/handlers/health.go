package handlers

import (
	"net/http"
)

// alive serves GET /healthz: 200 while the process runs (liveness).
func (s *site) alive(w http.ResponseWriter, _ *http.Request) error {
	return plainText(w, http.StatusOK, "ok\n")
}

// ready serves GET /readyz: 503 without the database or while draining. An
// unreachable API or provider is reported in the body only: if it made the
// server unready, the ingress would hide the error pages.
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
	_, _ = w.Write([]byte(text))
	return nil
}
