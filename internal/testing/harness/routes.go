package harness

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/handlers"
)

// PublicRoutes returns the routes that need no session. All others must reject requests without one.
func PublicRoutes() []string {
	return []string{
		"GET /", "HEAD /", "GET /healthz", "HEAD /healthz", "GET /readyz", "HEAD /readyz", "GET /static/*",
		"GET /login", "HEAD /login", "GET /callback", "HEAD /callback", "GET /signed-out", "HEAD /signed-out",
		"POST /logout", "POST /preferences", "POST /backchannel-logout",
	}
}

// ProvidersRoute is called by the identity provider, not by a page.
const ProvidersRoute = "POST /backchannel-logout"

// Routes returns all routes of the router, such as "POST /users/{id}/activate".
func Routes(t testing.TB) (all []string) {
	t.Helper()
	site, err := handlers.New(handlers.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	table, ok := site.(chi.Routes)
	if !ok {
		t.Fatal("the site tells no routes")
	}
	err = chi.Walk(table, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		// Static files are routed for all methods, and rejected earlier for all but GET and HEAD.
		if pattern != "/static/*" || method == http.MethodGet {
			all = append(all, method+" "+strings.TrimSpace(pattern))
		}
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatal(all, err)
	}
	return all
}

// Paths returns the paths of the routes with a method, with id as the account's, except for some routes.
func Paths(t testing.TB, method, id string, except ...string) (found []string) {
	t.Helper()
	for _, route := range Routes(t) {
		if path, ok := strings.CutPrefix(route, method+" "); ok && !slices.Contains(except, route) {
			found = append(found, strings.ReplaceAll(path, "{id}", id))
		}
	}
	if len(found) == 0 {
		t.Fatalf("no route for %s", method)
	}
	return found
}
