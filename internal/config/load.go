package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
)

const (
	day        = 24 * time.Hour
	fileSuffix = "_FILE"
	// maxSecretFile is the maximum size in bytes. It is far above any secret, so
	// that a wrong path (a log, a device) is an error and not read completely.
	maxSecretFile = 64 << 10
)

// Environ returns the process's environment for [Load].
func Environ() map[string]string { return env.ToMap(os.Environ()) }

// Load reads and validates the settings from environ, a map of environment
// variables. An empty variable counts as not set, except for ADMIN_ROLES,
// PROTECTED_ACCOUNTS and METRICS_LISTEN, where empty turns the feature off. A
// secret may be given as NAME_FILE instead, the path of a file that contains it.
// The error, if any, is of type [Faults] and lists everything that is wrong.
func Load(environ map[string]string) (Settings, error) {
	var faults faultList
	vars := ownVariables(environ)
	readSecretFiles(vars, &faults)

	s := Default()
	parse(&s, vars, &faults)
	applyEmpty(&s, vars)
	normalise(&s)
	for name, list := range map[string][]string{"ADMIN_ROLES": s.AdminRoles, "PROTECTED_ACCOUNTS": s.ProtectedAccounts} {
		// Only an empty value turns a protection off; "," is a mistake.
		if vars[name] != "" && len(list) == 0 {
			faults.add(name, "names nothing")
		}
	}
	s.validate(&faults)
	if err := faults.err(); err != nil {
		return Settings{}, err
	}
	return s, nil
}

// ownVariables returns the variables that [Names] lists, without surrounding white
// space from env files and manifests.
func ownVariables(environ map[string]string) map[string]string {
	vars := make(map[string]string)
	for _, name := range Names() {
		if value, ok := environ[name]; ok {
			vars[name] = strings.TrimSpace(value)
		}
	}
	return vars
}

// readSecretFiles sets NAME in vars to the content of the file at NAME_FILE.
func readSecretFiles(vars map[string]string, faults *faultList) {
	for _, row := range rows() {
		path := vars[row.Name+fileSuffix]
		if !row.Secret || path == "" {
			continue
		}
		if vars[row.Name] != "" {
			faults.add(row.Name, "and %s%s are both set, and only one can count", row.Name, fileSuffix)
			continue
		}
		text, err := readSecretFile(path)
		if err != nil {
			faults.add(row.Name, "can't be read from its file: %v", err)
			continue
		}
		vars[row.Name] = text
	}
}

func readSecretFile(path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // the operator names the file
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", err
	}
	if len(b) > maxSecretFile {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxSecretFile)
	}
	text := strings.TrimSpace(string(b))
	if text == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}

// parse sets the fields of s, which has the defaults, from vars.
func parse(s *Settings, vars map[string]string, faults *faultList) {
	err := env.ParseWithOptions(s, env.Options{
		Environment: vars,
		FuncMap: map[reflect.Type]env.ParserFunc{
			reflect.TypeFor[time.Duration]():  func(v string) (any, error) { return parseDuration(v) },
			reflect.TypeFor[[]netip.Prefix](): func(v string) (any, error) { return parsePrefixes(v) },
		},
	})
	var all env.AggregateError
	if err == nil {
		return
	}
	if !errors.As(err, &all) {
		all.Errors = []error{err}
	}
	for _, one := range all.Errors {
		var wrong env.ParseError
		if !errors.As(one, &wrong) {
			// Only a mistake in the struct's tags; tests would find it.
			faults.add("", "can't be read: %v", one)
			continue
		}
		field, _ := reflect.TypeFor[Settings]().FieldByName(wrong.Name)
		name := field.Tag.Get("env")
		faults.add(name, "is %s, which is not %s", quoted(vars[name]), kindOf(wrong.Type))
	}
}

// applyEmpty clears the settings for which an empty value means off.
func applyEmpty(s *Settings, vars map[string]string) {
	isEmpty := func(name string) bool { value, ok := vars[name]; return ok && value == "" }
	if isEmpty("ADMIN_ROLES") {
		s.AdminRoles = nil
	}
	if isEmpty("PROTECTED_ACCOUNTS") {
		s.ProtectedAccounts = nil
	}
	if isEmpty("METRICS_LISTEN") {
		s.MetricsListen = ""
	}
}

func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "a duration such as 20s, 30m, 12h or 400d"
	case reflect.TypeFor[bool]():
		return "true or false"
	case reflect.TypeFor[int]():
		return "a whole number"
	case reflect.TypeFor[slog.Level]():
		return "debug, info, warn or error"
	case reflect.TypeFor[[]netip.Prefix]():
		return "a comma separated list of networks or addresses"
	default:
		return "a value of the right kind"
	}
}
