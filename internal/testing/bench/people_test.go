package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"wallaroo-user-admin/internal/directory"
	"wallaroo-user-admin/internal/wallaroo"
)

// sizes returns the numbers of users for all benchmarks.
func sizes() []int { return []int{1_000, 10_000, 100_000} }

// body returns an answer of the users API with n generated users, in the format
// of a Wallaroo of 2024: names of realistic length, some accented, every fiftieth
// account with problems, and all fields, including those that we skip.
func body(n int, extra string) []byte {
	var b bytes.Buffer
	b.WriteString(`{"users":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		writeUser(&b, i, extra)
	}
	b.WriteString("}}")
	return b.Bytes()
}

func writeUser(w io.Writer, i int, extra string) {
	firsts := []string{"Jo", "Anneliese", "Siobhán", "Ravi", "Jürgen", "Mei", "Oluwaseun", "Maria"}
	lasts := []string{"Doe", "Größe", "Okonkwo", "Tanaka", "Ní Dhomhnaill", "Patel", "van der Berg", "Smith"}
	// A generator per user, so that each is the same every time.
	r := rand.New(rand.NewPCG(uint64(i), 7))
	id, err := uuid.NewRandomFromReader(&dice{r})
	if err != nil {
		panic(err) // dice never fails
	}
	email := fmt.Sprintf("%s.%d@team%d.example.com", []string{"jo", "anneliese", "siobhan", "ravi"}[r.IntN(4)], i, r.IntN(40))
	username := email
	if i%50 == 49 {
		username = "user" + strconv.Itoa(i)
	}
	created := 1_500_000_000_000 + r.Int64N(200_000_000_000)
	lastLogin := "null"
	if i%10 > 0 {
		lastLogin = strconv.FormatInt(created+r.Int64N(50_000_000_000), 10)
	}
	_, _ = fmt.Fprintf(w, `%[1]q:{"access":{"manageGroupMembership":true,"impersonate":false,"view":true,"manage":true,"mapRoles":true},`+
		`"createdTimestamp":%[2]d,"disableableCredentialTypes":[],"email":%[3]q,"emailVerified":%[4]t,"enabled":%[5]t,"firstName":"%[6]s",`+
		`"id":%[1]q,"lastLogin":%[7]s,"lastName":"%[8]s","notBefore":0,"realmRoles":[%[9]s],"requiredActions":[],"username":%[10]q%[11]s}`,
		id.String(), created, email, i%9 > 0, i%7 > 0, firsts[r.IntN(8)], lastLogin, lasts[r.IntN(8)], map[bool]string{true: `"admin"`}[i%40 == 0], username, extra)
}

// dice returns the same pseudorandom bytes every time.
type dice struct{ *rand.Rand }

func (d *dice) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(d.Uint32())
	}
	return len(p), nil
}

// bulky is what Keycloak 26 adds to each user, and the client discards.
const bulky = `,"totp":false,"userProfileMetadata":{"attributes":[` +
	`{"name":"username","displayName":"${username}","required":true,"readOnly":true,"validators":{"multivalued":{"max":"1"},"length":{"max":255,"ignore.empty.value":true,"min":3},"up-username-not-idn-homograph":{"ignore.empty.value":true},"username-prohibited-characters":{"ignore.empty.value":true}},"multivalued":false},` +
	`{"name":"email","displayName":"${email}","required":true,"readOnly":false,"validators":{"multivalued":{"max":"1"},"length":{"max":255,"ignore.empty.value":true},"email":{"ignore.empty.value":true}},"multivalued":false},` +
	`{"name":"firstName","displayName":"${firstName}","required":false,"readOnly":false,"validators":{"length":{"max":255,"ignore.empty.value":true},"person-name-prohibited-characters":{"ignore.empty.value":true}},"multivalued":false}],` +
	`"groups":[{"name":"user-metadata","displayHeader":"User metadata","displayDescription":"Attributes, which refer to user metadata"}]}`

// served answers every call with a body.
type served func() io.Reader

func (s served) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(s())}, nil
}

func clientOf(s served) *wallaroo.Client {
	return wallaroo.New(wallaroo.Options{Origin: &url.URL{Scheme: "http", Host: "api.example"}, Transport: s, Timeout: time.Minute, ListTimeout: time.Hour})
}

// token is an administrator's token that never expires.
type token struct{}

func (token) Token(context.Context) (string, error)         { return "t", nil }
func (token) Renew(context.Context, string) (string, error) { return "t", nil }

// read returns the users of a body as the dashboard caches them.
func read(tb testing.TB, body []byte) directory.Reading {
	tb.Helper()
	d := directory.New(clientOf(func() io.Reader { return bytes.NewReader(body) }), directory.Options{MaxAge: time.Hour})
	reading, err := d.Read(tb.Context(), directory.Caller{Key: "me", Tokens: token{}}, directory.ReadOptions{})
	d.Close()
	if err != nil {
		tb.Fatal(err)
	}
	return reading
}
