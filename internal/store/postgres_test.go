package store

import "testing"

func TestPostgreSQLNeedsTLSUnlessLoopbackOrSaidOtherwise(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	for _, test := range []struct {
		url           string
		tls, verified bool
	}{
		{"postgres://u@localhost/db?sslmode=disable", false, false},
		{"postgres://u@127.0.0.1/db?sslmode=disable", false, false},
		{"postgres://u@db.example.com/db", true, true},
		{"postgresql://u@10.0.0.5,10.0.0.6/db", true, true},
		{"postgres://u@db.example.com/db?sslmode=verify-full", true, true},
		{"postgres://u@db.example.com/db?sslmode=require", true, false},
		{"postgres://u@db.example.com/db?sslmode=disable", false, false},
	} {
		cfg, err := postgresConfig(test.url)
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if got := cfg.TLSConfig != nil; got != test.tls {
			t.Errorf("%s: TLS is %v", test.url, got)
		}
		if test.tls && cfg.TLSConfig.InsecureSkipVerify == test.verified {
			t.Errorf("%s: the certificate's check is %v", test.url, !cfg.TLSConfig.InsecureSkipVerify)
		}
		for _, fallback := range cfg.Fallbacks {
			if (fallback.TLSConfig != nil) != test.tls {
				t.Errorf("%s: falls back to %s with TLS %v", test.url, fallback.Host, fallback.TLSConfig != nil)
			}
		}
	}
}

func TestAPasswordIsKeptWhenTheModeIsAdded(t *testing.T) {
	t.Setenv("PGSSLMODE", "")
	cfg, err := postgresConfig("postgres://u:p%40ss%2Fword@db.example.com:5433/users?application_name=mine")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.User != "u" || cfg.Password != "p@ss/word" || cfg.Database != "users" || cfg.Port != 5433 || cfg.RuntimeParams["application_name"] != "mine" {
		t.Errorf("user %q, database %q, port %d, parameters %v", cfg.User, cfg.Database, cfg.Port, cfg.RuntimeParams)
	}
}
