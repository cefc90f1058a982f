package store

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	adds    = regexp.MustCompile(`^(CREATE (TABLE|INDEX) |ALTER TABLE \w+ ADD COLUMN )`)
	demands = regexp.MustCompile(`^ALTER TABLE .* NOT NULL`)
)

// upwards returns the statements of a migration's up direction.
func upwards(t *testing.T, file string) []string {
	t.Helper()
	text, err := fs.ReadFile(migrations, file)
	if err != nil {
		t.Fatal(err)
	}
	up, _, found := strings.Cut(string(text), "-- +goose Down")
	if !found {
		t.Errorf("%s has no way down", file)
	}
	var statements []string
	for statement := range strings.SplitSeq(comment.ReplaceAllString(up, ""), ";") {
		if statement = strings.Join(strings.Fields(statement), " "); statement != "" {
			statements = append(statements, statement)
		}
	}
	return statements
}

// During a rolling update the older server works with the newer tables: what it reads or writes must stay, and no new
// column may require a value.
func TestMigrationsOnlyAdd(t *testing.T) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		statements := upwards(t, file)
		if len(statements) == 0 {
			t.Errorf("%s does nothing", file)
		}
		for _, statement := range statements {
			if !adds.MatchString(statement) || demands.MatchString(statement) && !strings.Contains(statement, " DEFAULT ") {
				t.Errorf("%s does more than add: %s", file, statement)
			}
		}
	}
}
