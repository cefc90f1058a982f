package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// seedNumber seeds the random numbers: ids and names are the same on every start, and times relative to its day.
const seedNumber = 20230517

// seeder generates ids, times and people in a fixed order.
type seeder struct {
	rnd *rand.Rand
	ids *rand.ChaCha8
	day time.Time

	first, last, domains []string
}

// seedAccounts returns the accounts of a start at now: the hand-made ones first, then generated ones up to n. The four
// that sign in exist even when n is smaller; those beyond n are hidden from the API.
func seedAccounts(n int, now time.Time) []*account {
	s := &seeder{
		rnd: rand.New(rand.NewPCG(seedNumber, 1)), //nolint:gosec // must be the same on every start
		ids: rand.NewChaCha8([32]byte{1: 17, 2: 5}),
		day: now.UTC().Truncate(24 * time.Hour),

		first: strings.Fields(firstNames), last: strings.Fields(lastNames), domains: strings.Fields(domains),
	}
	signers := s.signers()
	accounts := slices.Concat(signers, s.troubled())
	if n < len(accounts) {
		accounts = accounts[:max(n, len(signers))]
		for _, a := range accounts[min(n, len(accounts)):] {
			a.hidden = true
		}
		return accounts
	}
	taken := make(map[string]bool, n)
	for i := len(accounts); i < n; i++ {
		accounts = append(accounts, s.person(i, taken))
	}
	return accounts
}

// id returns the next id of the fixed order.
func (s *seeder) id() string {
	id, err := uuid.NewRandomFromReader(s.ids)
	if err != nil {
		panic(err) // ChaCha8 never fails
	}
	return id.String()
}

// ago returns a random time of the day that many days before the start, in Unix milliseconds.
func (s *seeder) ago(days int) int64 {
	return s.day.AddDate(0, 0, -days).Add(-time.Duration(s.rnd.IntN(86_400_000)) * time.Millisecond).UnixMilli()
}

// healthy returns an account without problems: email equal to username, confirmed, active, signed in recently.
func (s *seeder) healthy(email, first, last string) *account {
	created := 20 + s.rnd.IntN(900)
	return &account{
		id: s.id(), username: strings.ToLower(email), email: email, first: first, last: last,
		emailVerified: true, enabled: true, manage: true, created: s.ago(created),
		lastKnown: signInAt, lastLogin: s.ago(s.rnd.IntN(min(created, 120))), password: Password,
	}
}

// person returns a generated account. About one in thirty is deactivated, one in ten unconfirmed, one in ten signs in
// with Google, and some have never signed in or have required actions.
func (s *seeder) person(i int, taken map[string]bool) *account {
	first, last, domain := s.pick(s.first), s.pick(s.last), s.pick(s.domains)
	email := strings.ToLower(first + "." + last + "@" + domain)
	for k := 2; taken[email]; k++ {
		email = fmt.Sprintf("%s.%s%d@%s", strings.ToLower(first), strings.ToLower(last), k, domain)
	}
	taken[email] = true

	a := s.healthy(email, first, last)
	a.onlyManage = i%2 == 0
	a.enabled = s.rnd.IntN(30) != 0
	a.emailVerified = s.rnd.IntN(10) != 0
	switch s.rnd.IntN(24) {
	case 0, 1:
		a.lastKnown, a.lastLogin = signInNever, 0
	case 2:
		a.lastKnown, a.lastLogin = signInUnknown, 0
	case 3:
		a.actions = []string{s.pick([]string{"VERIFY_EMAIL", "CONFIGURE_TOTP", "UPDATE_PROFILE"})}
	}
	if s.rnd.IntN(10) == 0 {
		a.links = []link{{"google", fmt.Sprintf("1176%017d", i), email}}
	}
	switch {
	case i%50 == 7:
		a.extra = bulkyMetadata
	case i%37 == 5:
		a.extra = unknownMembers
	}
	return a
}

func (s *seeder) pick(from []string) string { return from[s.rnd.IntN(len(from))] }

// newID returns the id of an account created after the start.
func newID() string { return uuid.NewString() }

// unknownMembers are JSON members of every type that the dashboard doesn't know, as a newer server may add.
const unknownMembers = `"totp":false,"attributes":{"department":["Research","Möbel & <Co>"]},"origin":null,` +
	`"x-future":[1,{"a":[2,3]},"four"],"score":1.5e3`

// bulkyMetadata is Keycloak's userProfileMetadata, which some servers send with every account.
const bulkyMetadata = `"userProfileMetadata":{"attributes":[` +
	`{"name":"username","displayName":"${username}","required":true,"readOnly":false,"validators":{"username-prohibited-characters":{"ignore.empty.value":true},"up-username-not-idn-homograph":{},"multivalued":{"max":"1"},"length":{"max":255,"min":3,"ignore.empty.value":true}},"multivalued":false},` +
	`{"name":"email","displayName":"${email}","required":false,"readOnly":false,"validators":{"multivalued":{"max":"1"},"length":{"max":255,"ignore.empty.value":true},"email":{"ignore.empty.value":true}},"multivalued":false},` +
	`{"name":"firstName","displayName":"${firstName}","required":false,"readOnly":false,"validators":{"person-name-prohibited-characters":{"ignore.empty.value":true},"multivalued":{"max":"1"},"length":{"max":255,"ignore.empty.value":true}},"multivalued":false},` +
	`{"name":"lastName","displayName":"${lastName}","required":false,"readOnly":false,"validators":{"person-name-prohibited-characters":{"ignore.empty.value":true},"multivalued":{"max":"1"},"length":{"max":255,"ignore.empty.value":true}},"multivalued":false}],` +
	`"groups":[{"name":"user-metadata","displayHeader":"User metadata","displayDescription":"Attributes, which refer to user metadata"}]}`
