package store

import (
	"strings"
	"testing"
)

// FuzzPostgresURL reads database URLs: none connects to a remote host without TLS unless it says so, and no error
// contains the password.
func FuzzPostgresURL(f *testing.F) {
	for _, s := range []string{
		"postgres://u:hush@db.example.com/x", "postgres://u:hush@localhost,db.example.com/x?sslmode=prefer", "postgres://u:hush@[::1]:1/x?host=db.example.com",
		"postgres://u:hush@%2Ftmp/x", "postgres://u:hush@h:port/x", "postgresql://u:hush@h/x?sslmode=require&sslmode=disable", "postgres://u:hush@h/%zz",
	} {
		f.Add(s)
	}
	f.Setenv("PGSSLMODE", "")
	f.Fuzz(func(t *testing.T, text string) {
		cfg, err := postgresConfig(text)
		if err != nil {
			if strings.Contains(text, "hush@") && strings.Contains(err.Error(), "hush") {
				t.Errorf("%q: the error tells the password: %v", text, err)
			}
			return
		}
		if strings.Contains(text, "disable") {
			return
		}
		plain := cfg.TLSConfig == nil && !isLocal(cfg.Host)
		for _, fallback := range cfg.Fallbacks {
			plain = plain || fallback.TLSConfig == nil && !isLocal(fallback.Host)
		}
		if plain {
			t.Errorf("%q goes far away without TLS", text)
		}
	})
}

// FuzzSQLitePath reads database file names: the result is that whole file, without SQLite settings.
func FuzzSQLitePath(f *testing.F) {
	for _, s := range []string{"x.db", "///data/x.db", "//data/x.db", ":memory:", "x?mode=ro", "a b#c%25.db", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		path, err := sqlitePath(name)
		if err == nil && (!strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?\x00") || strings.Contains(path, ":memory:")) {
			t.Errorf("%q gives %q", name, path)
		}
	})
}
