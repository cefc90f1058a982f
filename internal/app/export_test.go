package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/store"
)

// Routes is the table of URLs of a server with these settings, such as
// "POST /users/{id}/activate", for tests that have to leave none out. The
// address must be at the root of its host.
func Routes(ctx context.Context, settings config.Settings) (all []string, err error) {
	db, err := store.Open(ctx, string(settings.DatabaseURL), store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := build(settings, db, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer p.directory.Close()
	table, ok := p.site.(chi.Routes)
	if !ok {
		return nil, errors.New("the site tells no routes")
	}
	err = chi.Walk(table, func(method, pattern string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		// The files answer to any method at first; what they don't serve is refused before.
		if pattern != "/static/*" || method == http.MethodGet {
			all = append(all, method+" "+strings.TrimSpace(pattern))
		}
		return nil
	})
	return all, err
}
