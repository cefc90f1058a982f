package storetest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// exec runs one statement on a new connection. It takes no context, since the
// test's has ended when a schema is dropped.
func exec(t *testing.T, url, statement string) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("connect to %s: %v", PostgresEnv, err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
