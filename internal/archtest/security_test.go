package archtest_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/security.md anew")

var (
	goTest   = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)Sec(\d+(?:_\d+)*)\w*)\(`)
	specTest = regexp.MustCompile("(?m)^\\s*test(?:\\.\\w+)?\\(\\s*['\"`](S(\\d+(?:[ ,/+]+S?\\d+)*)\\b[^'\"`]*)")
	digits   = regexp.MustCompile(`\d+`)
)

// proof is a test of a requirement, and its file.
type proof struct{ name, file string }

// docs/security.md is generated from the names of the tests: a requirement
// without one is a failure.
func TestEverySecurityRequirementHasATest(t *testing.T) {
	root := filepath.Join("..", "..")
	proofs := map[int][]proof{}
	for _, dir := range []string{"internal", "cmd", "web", "e2e"} {
		if err := filepath.WalkDir(filepath.Join(root, dir), collect(root, proofs)); err != nil {
			t.Fatal(err)
		}
	}
	page := securityPage(t, proofs)
	path := filepath.Join(root, "docs", "security.md")
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(path)
	if err != nil || string(is) != page {
		t.Errorf("docs/security.md is not what the tests say (%v): go test ./internal/archtest -update", err)
	}
}

func collect(root string, proofs map[int][]proof) fs.WalkDirFunc {
	return func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "results" || d.Name() == "report") {
			return fs.SkipDir
		}
		pattern := goTest
		switch {
		case strings.HasSuffix(path, ".spec.ts"):
			pattern = specTest
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, found := range pattern.FindAllStringSubmatch(string(text), -1) {
			for _, number := range digits.FindAllString(found[2], -1) {
				n, err := strconv.Atoi(number)
				if err != nil {
					return err
				}
				proofs[n] = append(proofs[n], proof{found[1], filepath.ToSlash(file)})
			}
		}
		return nil
	}
}

const securityHead = `# Security

What the dashboard holds itself to, and the tests that show it. This page is made from the tests' names
(` + "`go test ./internal/archtest -update`" + `); a requirement without a test fails the build.

How to report a vulnerability is in [SECURITY.md](../SECURITY.md).

## Personal data

| what | where | how long |
| --- | --- | --- |
| Sessions: subject, name, email, tokens | the database, sealed with ` + "`SESSION_SECRET`" + ` | ` + "`SESSION_IDLE`" + ` after the last page, ` + "`SESSION_MAX`" + ` at the most |
| Activity: who did what to whom, with names and addresses as they were | the database | ` + "`AUDIT_RETENTION`" + ` |
| The last list of accounts (id, email, name, status), to tell what changed outside | the database, compressed | until the next list replaces it, ` + "`AUDIT_RETENTION`" + ` at the most |
| Lists of accounts | memory, for each signed-in administrator | until sign-out, ten minutes after ` + "`SESSION_IDLE`" + ` without a look at them, until 64 others have looked, or until the server ends |
| Temporary passwords | nowhere: shown once and gone | |

Exports of users are written into the activity log. One that a page of another site asks for is refused.

## Bounds of the activity log

Of sign-ins, those are written down whose person the identity provider has named, never what strangers make up. Who is refused
again and again (without the administrator role, or with a sign-in that does not hold) is written down once a minute for
each reason, over all replicas; every single attempt is in the server's own log. Sign-ins of one address are limited to 300
a minute, changes of one administrator to 240 and exports to 30, on each replica; a refusal says when the next one is allowed. Back-channel
logouts are all judged; of those of one address that don't hold, 600 a minute are answered and logged as such, so that strangers
can't keep out the provider's. Behind an ingress that ` + "`TRUSTED_PROXIES`" + ` doesn't name, one address is everybody's.
A limit tells 100,000 addresses of the last two minutes apart; new ones beyond that share 256 counts.

## Left to the ingress

Where a request ends has to be the same for the ingress and for us, or what follows it would be part of the wrong one. Go's
net/http reads a request with both ` + "`Content-Length`" + ` and ` + "`Transfer-Encoding`" + ` by its ` + "`Transfer-Encoding`" + `, as RFC 9112
section 6.3 allows, and takes the ` + "`Content-Length`" + ` away before any code of ours sees it. So every request with a
` + "`Transfer-Encoding`" + ` is refused (411), and its connection ends: nothing that follows is read. A connection of HTTP/1.0, whose
` + "`Transfer-Encoding`" + ` is taken away, too, ends with its first request. net/http itself refuses lengths that contradict each
other (400) and encodings other than ` + "`chunked`" + ` (501). So the ingress has to send a ` + "`Content-Length`" + `, as nginx does
unless ` + "`proxy_request_buffering`" + ` is off, and should refuse what has both, as nginx does since 1.21.1.

What net/http answers before any code of ours is asked has none of our headers: 400 for what is no HTTP, 417 for an expectation
and 505 for a version that it doesn't know, 431 for headers that are too large, 501 for an encoding. These answers are one line of plain text that holds nothing of the
request, and end the connection. An ingress refuses most such requests itself, and can add headers to its answers.

`

func securityPage(t *testing.T, proofs map[int][]proof) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(securityHead)
	for _, s := range securitySections() {
		fmt.Fprintf(&b, "## %s\n\n| # | requirement | tests |\n| --- | --- | --- |\n", s.title)
		for _, r := range s.rows {
			if len(proofs[r.number]) == 0 {
				t.Errorf("requirement %d (%s) has no test", r.number, r.text)
			}
			fmt.Fprintf(&b, "| %d | %s | %s |\n", r.number, r.text, cell(proofs[r.number]))
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func cell(all []proof) string {
	slices.SortFunc(all, func(a, b proof) int { return strings.Compare(a.file+a.name, b.file+b.name) })
	var out []string
	for _, p := range slices.Compact(all) {
		out = append(out, fmt.Sprintf("`%s` ([%s](../%s))", strings.ReplaceAll(p.name, "|", "\\|"), filepath.Base(p.file), p.file))
	}
	return strings.Join(out, "<br>")
}
