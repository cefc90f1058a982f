package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// startPostgres creates a database cluster and starts PostgreSQL on it.
func (c *Cluster) startPostgres(ctx context.Context) error {
	bin, err := postgresPrograms()
	if err != nil {
		return err
	}
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	password, data := rand.Text(), c.file("postgres")
	if err := c.user.write(c.file("password"), password); err != nil {
		return err
	}
	initdb := c.user.command(c.dir, filepath.Join(bin, "initdb"), "--pgdata", data, "--username=admin",
		"--auth=scram-sha-256", "--pwfile="+c.file("password"), "--encoding=UTF8", "--no-locale", "--no-sync")
	if said, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, said)
	}
	// No fsync: the data needn't survive a power cut. A killed server loses no commit by that.
	c.postgres, err = run("PostgreSQL", c.file("postgres.log"), syscall.SIGINT, c.user.command(c.dir, filepath.Join(bin, "postgres"),
		"-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"))
	if err != nil {
		return err
	}
	address := func(database string) string {
		u := url.URL{Scheme: "postgres", User: url.UserPassword("admin", password), Host: "127.0.0.1:" + strconv.Itoa(port), Path: "/" + database}
		return u.String()
	}
	c.Database, c.TestDatabase = address("dashboard"), address("tests")
	return c.postgres.await(ctx, func(ctx context.Context) error { return createDatabases(ctx, address("postgres")) })
}

func createDatabases(ctx context.Context, address string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE dashboard")
	if err == nil {
		_, err = conn.Exec(ctx, "CREATE DATABASE tests")
	}
	return errors.Join(err, conn.Close(ctx))
}

// write creates a file that only the user can read.
func (u *user) write(file, text string) error {
	err := os.WriteFile(file, []byte(text), 0o600)
	if err == nil && u.credential != nil {
		err = os.Chown(file, int(u.credential.Uid), int(u.credential.Gid))
	}
	return err
}

// postgresPrograms returns the folder with initdb and postgres: Debian's newest, which isn't in PATH, else PATH's.
func postgresPrograms() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return majorVersion(a) - majorVersion(b) })
		return filepath.Dir(newest), nil
	}
	initdb, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("PostgreSQL is needed, and there is none here: install Debian's package postgresql")
	}
	return filepath.Dir(initdb), nil
}

// majorVersion returns 17 for /usr/lib/postgresql/17/bin/initdb.
func majorVersion(initdb string) int {
	n, err := strconv.Atoi(strings.Split(initdb, "/")[4])
	if err != nil {
		return 0
	}
	return n
}
