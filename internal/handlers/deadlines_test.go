package handlers

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/sessions"

	"wallaroo-user-admin/internal/auth"
)

// timedSessions records how much time a request has left when its session is loaded.
type timedSessions struct {
	oneSession
	left *time.Duration
}

func (s timedSessions) Get(r *http.Request, name string) (*sessions.Session, error) {
	if deadline, ok := r.Context().Deadline(); ok {
		*s.left = time.Until(deadline)
	}
	return s.oneSession.Get(r, name)
}

func TestEveryRouteOfAnAdministratorHasTheDeadlineOfItsKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := signedInSite(t)
		s.Deadlines = Deadlines{Page: 10 * time.Second, Change: 20 * time.Second, Export: 30 * time.Second}
		s.PublicOrigin, s.ExportsAMinute = "https://admin.example.com", 100
		var left time.Duration
		var err error
		s.Auth, err = auth.New(auth.Options{
			Issuer: testIssuer, ClientID: "c", PublicClient: true, PublicURL: &url.URL{Scheme: "https", Host: "admin.example.com"},
			Sessions: timedSessions{oneSession{subject: testSubject}, &left}, Secrets: []string{strings.Repeat("s", 32)}, Logger: s.log,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Sessions, s.compressed = noSessions{}, func(next http.Handler) http.HandlerFunc { return next.ServeHTTP }
		s.Console = func(string) string { return "" }
		s.Ready = func(context.Context) error { return nil }
		s.Observe, s.Degraded = func(string, string, int, time.Duration) {}, func() []string { return nil }
		router, ok := s.routes().(chi.Router)
		if !ok {
			t.Fatal("not a router")
		}
		want := map[string]time.Duration{
			"POST /users/{id}/activate": s.Deadlines.Change, "POST /users/{id}/deactivate": s.Deadlines.Change, "POST /invite": s.Deadlines.Change,
			"GET /users.csv": s.Deadlines.Export, "HEAD /users.csv": s.Deadlines.Export, "GET /users.json": s.Deadlines.Export, "HEAD /users.json": s.Deadlines.Export,
		}
		seen := 0
		err = chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			left = 0
			r := httptest.NewRequestWithContext(t.Context(), method, strings.ReplaceAll(route, "{id}", "nobody"), http.NoBody)
			r.Header.Set("Origin", s.PublicOrigin)
			router.ServeHTTP(httptest.NewRecorder(), r)
			if left == 0 {
				return nil // its session is not looked up
			}
			seen++
			limit, special := want[method+" "+route]
			if !special {
				limit = s.Deadlines.Page
			}
			if left != limit {
				t.Errorf("%s %s has %v, not %v", method, route, left, limit)
			}
			return nil
		})
		if err != nil || seen < 20 {
			t.Errorf("%d routes: %v", seen, err)
		}
	})
}

type noSessions struct{ Sessions }

func (noSessions) List(context.Context, string, string) ([]Session, error) { return nil, nil }

func (noSessions) End(context.Context, string, string, string) (int, error) { return 0, nil }

// At the deadline the visitor gets the page that says what was slow.
func TestAPageThatTakesTooLongSaysWhatWasSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, api := signedInSite(t)
		s.Deadlines.Page = 10 * time.Second
		api.hang = true
		router := chi.NewRouter()
		s.kind(router, s.Deadlines.Page, s.Auth.Require(s.answer)).get("/users/{id}", s.showUser)
		w, began := httptest.NewRecorder(), time.Now()
		router.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users/u1", http.NoBody))
		if took := time.Since(began); took != 10*time.Second || w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "Wallaroo does not answer in time") {
			t.Errorf("%d after %v: %s", w.Code, took, w.Body)
		}
	})
}

// endingContext's deadline passes after Err was asked for the first time.
type endingContext struct {
	context.Context
	asked bool
}

func (c *endingContext) Err() error {
	if c.asked {
		return context.DeadlineExceeded
	}
	c.asked = true
	return nil
}

func TestAnErrorPageIsWrittenAlthoughTheDeadlinePassesMeanwhile(t *testing.T) {
	s := testSite(t)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/users", http.NoBody)
	w := httptest.NewRecorder()
	s.answer(w, r.WithContext(&endingContext{Context: r.Context()}), &problem{status: http.StatusGatewayTimeout, title: "Wallaroo is slow"})
	if w.Code != http.StatusGatewayTimeout || !strings.Contains(w.Body.String(), "Wallaroo is slow") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
