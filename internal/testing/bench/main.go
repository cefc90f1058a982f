// Command bench writes docs/performance.md from the output of several rounds of `go test -bench` and from the browser
// measurements of e2e/bench.
//
//	go run ./internal/testing/bench --go FILE --browser FILE >docs/performance.md
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := write(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(args []string, out io.Writer) error {
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	goFile := set.String("go", "", "output of the Go benchmarks")
	browserFile := set.String("browser", "", "measurements in the browser, as JSON")
	if err := set.Parse(args); err != nil {
		return err
	}
	results, err := readFile(*goFile, readGo)
	if err != nil {
		return err
	}
	browser, err := readFile(*browserFile, readBrowser)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, page(results, browser))
	return err
}

func readFile[T any](name string, read func(io.Reader) (T, error)) (result T, err error) {
	f, err := os.Open(name) //nolint:gosec // named on the command line
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if result, err = read(f); err != nil {
		return result, fmt.Errorf("%s: %w", name, err)
	}
	return result, nil
}
