package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSec23_APanicIsAnsweredWithoutATrace(t *testing.T) {
	var log strings.Builder
	s := &site{log: slog.New(slog.NewTextHandler(&log, nil))}
	if err := s.renderLastResort(); err != nil {
		t.Fatal(err)
	}
	for _, what := range []any{"a secret reason", errors.New("a secret reason"), 7} {
		h := withRequestID(s.withRecovery(s.withHeaders(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(what) }))))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users", http.NoBody))
		body := w.Body.String()
		if w.Code != http.StatusInternalServerError || !strings.Contains(body, "Something failed on our side") {
			t.Errorf("%v: %d %s", what, w.Code, body)
		}
		for _, secret := range []string{"a secret reason", "goroutine", ".go:", "runtime"} {
			if strings.Contains(body, secret) {
				t.Errorf("%v: the page says %q", what, secret)
			}
		}
	}
	if !strings.Contains(log.String(), "a secret reason") || !strings.Contains(log.String(), "recovery_test.go") {
		t.Errorf("the log lacks the cause: %s", log.String())
	}
}
