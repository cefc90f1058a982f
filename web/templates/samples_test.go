package templates

import (
	"fmt"

	"github.com/a-h/templ"
)

// hostile is what an import can leave in a name: markup, an attribute's end, htmx, and text from right to left.
const hostile = `"><img src=x onerror=alert(1)><b hx-get="/x" hx-trigger=load>א' & </script>`

// sampleBase is a base below the root, so that a forgotten one shows.
const sampleBase = Base("/admin")

func sampleChrome(b Base) Chrome {
	return Chrome{
		Base: b, Instance: "acme-prod", Section: SectionUsers, Here: true, Zone: "UTC", Return: "/users",
		Me: &Me{Name: "Noor Halvergate", Email: "noor.halvergate@example.com", Initials: "NH"},
	}
}

func day(text string) Time { return Time{ISO: "2026-11-20T09:24:00Z", Text: text} }

func moment(text string) Time {
	return Time{ISO: "2026-11-20T09:24:00Z", Text: text, Style: DayTime}
}

func sampleRow(n int, name string, problems ...Problem) UserRow {
	id := fmt.Sprintf("7f1c2b9e-4a53-4d0e-9b64-%012d", n)
	email := fmt.Sprintf("person.%d@example.com", n)
	return UserRow{
		ID: id, Name: name, NameMarked: Plain(name), Email: email, EmailMarked: Plain(email), Active: true, Problems: problems,
		Method: "Google", LastSignIn: SignIn{Known: true, At: day("20 Nov 2026")}, Created: day("18 Nov 2026"),
	}
}

func sampleRows() []UserRow {
	rows := []UserRow{
		sampleRow(1, "Tamsin Orrelwood", ProblemMustSetPassword),
		sampleRow(2, "Jonas Veldebrandt"),
		sampleRow(3, "Dana Farrowmere", ProblemDiffers, ProblemUnverified),
		sampleRow(4, "Luca Ferrandello"),
		sampleRow(5, "Mei Tanigaki-Rowe", ProblemUnverified),
		sampleRow(6, "Oskar Brandmoor"),
		sampleRow(7, "Amara Destwick"),
		sampleRow(8, "Callum Thistlegate", ProblemShared),
		sampleRow(9, "Wolfeschlegelsteinhausenbergerdorff von Uexküll-Gyllenband the Younger of Somewhere", ProblemMalformed),
		sampleRow(10, hostile),
		sampleRow(11, "Noor Halvergate"),
		sampleRow(12, "admin", ProblemNoEmail),
	}
	rows[0].LastSignIn.At, rows[3].LastSignIn.Known = Time{}, false
	rows[1].NameMarked = []Segment{{Text: "Jonas "}, {Text: "Veld", Match: true}, {Text: "ebrandt"}}
	rows[1].EmailMarked = []Segment{{Text: "jonas."}, {Text: "veld", Match: true}, {Text: "ebrandt@example.com"}}
	rows[4].Method = ""
	rows[5].Active, rows[9].Active = false, false
	rows[10].You, rows[10].Locked = true, "This is your own account. Another administrator can change it."
	rows[11].Email, rows[11].EmailMarked, rows[11].Protected = "", nil, true
	rows[11].Locked = "Wallaroo needs an email address to change this account."
	return rows
}

func sampleUsers(b Base) UsersView {
	rows := sampleRows()
	return UsersView{
		Self: b.URL("/users"), Return: "/users?q=a&page=2", Total: 1284, Matches: 1284, From: 51, To: 62, Page: 2, Pages: 26,
		Prev: b.URL("/users?page=1"), Next: b.URL("/users?page=3"),
		PerPage: []Option{{Value: "25", Text: "25 rows"}, {Value: "50", Text: "50 rows", Selected: true}, {Value: "100", Text: "100 rows"}, {Value: "250", Text: "250 rows"}},
		Seats:   Seats{Used: 42, Limit: 50}, Rows: rows, ShowMethod: true, Methods: b.URL("/users/methods?id=1"),
		Tabs: UsersTabs{
			All: TabLink{b.URL("/users"), 1284}, Active: TabLink{b.URL("/users?status=active"), 42},
			Inactive: TabLink{b.URL("/users?status=inactive"), 1242}, Attention: TabLink{b.URL("/users?status=attention"), 9},
		},
		Search: UsersSearch{
			Trouble: []Option{{Value: "", Text: "Any trouble", Selected: true}, {Value: "error", Text: "Errors"}, {Value: "warning", Text: "Warnings"}},
			SignIn:  []Option{{Value: "", Text: "Any last sign-in", Selected: true}, {Value: "never", Text: "Never"}},
			Domain:  []Option{{Value: "", Text: "Any domain", Selected: true}, {Value: "example.com", Text: "example.com", Count: 1280, Counted: true}},
			Fields:  []Field{{"sort", "created"}, {"dir", "desc"}},
		},
		Sort: UsersSort{
			User: SortLink{Href: b.URL("/users?sort=user")}, Status: SortLink{Href: b.URL("/users?sort=status")},
			Problems: SortLink{Href: b.URL("/users?sort=problems")}, SignIn: SortLink{Href: b.URL("/users?sort=login")},
			Created: SortLink{Href: b.URL("/users?sort=created"), Dir: SortDown},
		},
		Read: Time{ISO: "2026-11-23T14:11:00Z", Text: "12 s ago", Style: Ago}, Refresh: b.URL("/users?refresh=1"),
		CSV: b.URL("/users.csv"), JSON: b.URL("/users.json"), Clear: b.URL("/users"),
	}
}

func sampleUser(b Base, name string, problems ...Problem) UserView {
	return UserView{
		ID: "c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3", Name: name, First: "Dana", Initials: "DF",
		Email: "dana.farrowmere@example.com", Username: "dana.farrowmere@example.com", FirstName: "Dana", LastName: "Farrowmere",
		EmailVerified: !has(problems, ProblemUnverified), Active: true, Return: "/users/c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3",
		Self: b.User("c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3"), Console: "https://keycloak.example.com/admin/", Problems: problems,
		Federations: []Federation{{"Google", "dana.farrowmere@example.com"}}, FederationsKnown: true,
		RequiredActions: []string{"VERIFY_EMAIL", "something-new"}, RealmRoles: []string{"admin"}, RolesKnown: true,
		Created: moment("17 Nov 2026, 15:40 UTC"), LastSignIn: SignIn{Known: true, At: moment("20 Nov 2026, 09:24 UTC")},
		Access: []Access{{"view", true}, {"manage", true}, {"mapRoles", true}, {"impersonate", false}, {"manageGroupMembership", true}},
		Events: []FeedEvent{
			{What: "Activated", Who: "Noor Halvergate", When: moment("18 Nov 2026, 08:15 UTC"), Outcome: OutcomeDone},
			{What: "Deactivated", Who: "Noor Halvergate", When: moment("18 Nov 2026, 08:14 UTC"), Outcome: OutcomeFailed, Detail: "Wallaroo answered 500"},
			{What: "Invited", Who: "Noor Halvergate", When: moment("17 Nov 2026, 15:40 UTC"), Outcome: OutcomeUnknown},
		},
		All: b.URL("/activity?q=dana"), RawAt: moment("23 Nov 2026, 14:11 UTC"),
		Raw: "{\n  \"id\": \"c03d8a14-66b2-4f7c-8e19-5b90e2a4f1d3\",\n  \"emailVerified\": false\n}",
	}
}

func sampleActivity(b Base) ActivityView {
	clock := func(text string) Time {
		return Time{ISO: "2026-11-23T" + text + ":00Z", Text: text, Style: Clock}
	}
	return ActivityView{
		Total: 318, From: 1, To: 7, Page: 1, Pages: 13, Next: b.URL("/activity?page=2"), KeptDays: 400, CSV: b.URL("/activity.csv"),
		PerPage:  []Option{{Value: "25", Text: "25 rows", Selected: true}, {Value: "50", Text: "50 rows"}},
		Actions:  []Option{{Value: "", Text: "Any action", Selected: true}, {Value: "invite", Text: "Invited"}},
		Outcomes: []Option{{Value: "", Text: "Any outcome", Selected: true}, {Value: "failed", Text: "Failed"}}, Clear: b.URL("/activity"),
		Days: []ActivityDay{
			{"Today", []ActivityEvent{
				{clock("14:09"), "Noor Halvergate", "Deactivated", "Jonas Veldebrandt", b.User("2"), nil, OutcomeDone, "", "46d0a2c1"},
				{clock("13:52"), "Amara Destwick", "Invited", "ines.castelroux@example.com", "", nil, OutcomeFailed, "Wallaroo answered 500", "265287aa"},
				{clock("13:50"), "Amara Destwick", "Invited", "lotte.fennimark@example.com", b.User("4"), nil, OutcomeUnknown, "", "05d46cee"},
				{clock("09:28"), "Noor Halvergate", "Signed in", "", "", nil, OutcomeDone, "", "a45a1a90"},
			}},
			{"Friday, 20 November", []ActivityEvent{
				{clock("17:44"), "Noor Halvergate", "Invited", "tamsin.orrelwood@example.com", b.User("1"), nil, OutcomeDone, "", "31c37400"},
				{clock("16:20"), "callum.thistlegate@example.com", "Tried to sign in", "", "", nil, OutcomeRefused, "Not an administrator", "11455900"},
				{clock("10:01"), hostile, "Deactivated", hostile, b.User("9"), nil, OutcomeRefused, "Your own account", "d0492200"},
			}},
		},
	}
}

// sample is one state of one page.
type sample struct {
	name string
	page templ.Component
	// part is true for an answer to htmx.
	part bool
}

// samples are all the states that the pages can be in.
func samples(b Base) []sample {
	return append(append(userSamples(b), inviteSamples(b)...), otherSamples(b)...)
}

func userSamples(b Base) []sample {
	c := sampleChrome(b)
	stale := c
	stale.Stale = &Stale{Since: Time{ISO: "2026-11-23T14:02:00Z", Text: "14:02 UTC", Style: Clock}, Ago: "9 minutes ago", Reason: "Wallaroo does not answer.", Retry: b.URL("/users")}
	details := c
	details.Here = false
	users := sampleUsers(b)
	with := func(change func(*UsersView)) UsersView {
		v := sampleUsers(b)
		change(&v)
		return v
	}
	noEmail := sampleUser(b, "Dana Farrowmere", ProblemNoEmail, ProblemUnverified)
	noEmail.Email, noEmail.Username, noEmail.EmailVerified, noEmail.Locked = "", "dfarrowmere", false, "Wallaroo needs an email address to change this account."
	malformed := sampleUser(b, "Dana Farrowmere", ProblemMalformed, ProblemUnverified)
	malformed.Email, malformed.Username = "dana.farrowmere@example,com", "dana.farrowmere@example,com"
	differs := sampleUser(b, "Dana Farrowmere", ProblemDiffers, ProblemUnverified)
	differs.Username = "dfarrowmere"
	shared := sampleUser(b, hostile, ProblemShared)
	shared.First, shared.Shared, shared.Active = "", []Person{{"a/b", hostile}, {"2", "Two"}}, false
	builtIn := sampleUser(b, "admin", ProblemNoEmail)
	builtIn.Email, builtIn.Exempt, builtIn.Protected, builtIn.Locked, builtIn.FederationsKnown = "", true, true, "The built-in account is protected.", false
	toasted := details
	toasted.Toast = &Toast{Tone: ToneOK, Text: "Deactivated", About: "Jonas Veldebrandt", Undo: &Action{Text: "Undo", Href: b.User("2", "activate"), Post: true, Fields: []Field{{"return", "/users"}}}}
	ask := DeactivateView{ID: "2", Name: "Jonas Veldebrandt", Email: "jonas.veldebrandt@example.com", Seats: Seats{Used: 42, Limit: 50}, Return: "/users?q=a", Key: "k1"}
	refused := ask
	refused.Refused = "This is your own account. Another administrator can deactivate it."
	row := sampleRows()[1]
	row.Active = false
	return []sample{
		{"users", UsersPage(c, users), false},
		{"users-part", UsersFragment(c, users), true},
		{"users-stale", UsersPage(stale, users), false},
		{"users-loading", UsersPage(c, UsersView{Loading: true, ShowMethod: true, Self: b.URL("/users"), Seats: Seats{Loading: true}, Tabs: users.Tabs, Search: users.Search, Sort: users.Sort}), false},
		{"users-empty", UsersPage(c, with(func(v *UsersView) { v.Total, v.Matches, v.Rows, v.Seats = 0, 0, nil, Seats{Limit: 50} })), false},
		{"users-no-match", UsersPage(c, with(func(v *UsersView) {
			v.Matches, v.Rows, v.Search.Query, v.Tabs.Current, v.Wider, v.Search.Filters = 0, nil, hostile, TabActive, b.URL("/users?q=x"), 2
		})), false},
		{"users-bad-search", UsersPage(c, with(func(v *UsersView) {
			v.Search.Query, v.Search.Error = "created:soon", "“created:” takes a span like 7d or a date like >2026-01-01."
		})), false},
		{"users-hundred", UsersPage(c, with(func(v *UsersView) {
			v.Exactly100, v.Total, v.Matches, v.Seats, v.ShowMethod, v.Methods = true, 100, 100, Seats{Used: 612, Limit: 1000}, false, ""
		})), false},
		{"users-full", UsersPage(c, with(func(v *UsersView) { v.Seats = Seats{Used: 51, Limit: 50} })), false},
		{"users-no-limit", UsersPage(c, with(func(v *UsersView) { v.Seats = Seats{Used: 42} })), false},
		{"users-methods-part", UserMethodsFragment(c, []UserMethod{{"1", "Google"}, {"2", hostile}}), true},
		{"user-changed-part", UserChangedFragment(c, UserChanged{Row: &row, ID: row.ID, ShowMethod: true, Return: "/users", Total: 1284, Seats: users.Seats, Tabs: users.Tabs, Toast: *toasted.Toast}), true},
		{"user-gone-part", UserChangedFragment(c, UserChanged{ID: "2", Total: 1284, Seats: users.Seats, Tabs: users.Tabs, Toast: *toasted.Toast}), true},
		{"user", UserPage(details, sampleUser(b, "Dana Farrowmere")), false},
		{"user-changed", UserPage(toasted, sampleUser(b, "Dana Farrowmere")), false},
		{"user-part", UserFragment(toasted, sampleUser(b, "Dana Farrowmere", ProblemUnverified)), true},
		{"user-differs", UserPage(details, differs), false},
		{"user-no-email", UserPage(details, noEmail), false},
		{"user-malformed", UserPage(details, malformed), false},
		{"user-shared", UserPage(details, shared), false},
		{"user-unverified", UserPage(details, sampleUser(b, "Dana Farrowmere", ProblemUnverified)), false},
		{"user-built-in", UserPage(details, builtIn), false},
		{"user-stale", UserPage(stale, differs), false},
		{"deactivate", DeactivatePage(details, ask), false},
		{"deactivate-refused", DeactivatePage(details, refused), false},
		{"deactivate-part", DeactivateDialog(details, ask), true},
	}
}

func inviteSamples(b Base) []sample {
	c := sampleChrome(b)
	c.Here = false
	view := InviteView{Choice: PasswordAuto, Key: "k1", Seats: Seats{Used: 42, Limit: 50}}
	member, failed, full := view, view, view
	member.Email = "ingrid.sollevaag@example.com"
	member.EmailFault = &FieldFault{About: hostile, Text: "is already a member.", Href: b.User("9"), Link: "Open the account"}
	failed.Email, failed.Choice = "piers.hollingwane@example.com", PasswordSet
	failed.Fault = &Note{Tone: ToneBad, Title: "Nobody was invited.", Text: "Wallaroo answered with an error (500). Nothing was sent.", Next: []Action{{Text: "Look in the list", Href: b.URL("/users")}}}
	failed.PasswordFault = &FieldFault{Text: "The password is too short."}
	full.Seats = Seats{Used: 50, Limit: 50}
	full.Fault = &Note{Tone: ToneBad, Title: "Nobody was invited.", Text: "All 50 licence seats are in use. Deactivate someone first, or ask Wallaroo for more seats."}
	full.Activate = &Activate{ID: "5", Name: "Oskar Brandmoor", Email: "oskar@example.com", Key: "k2", Return: "/users/5"}
	return []sample{
		{"invite", InvitePage(c, view), false},
		{"invite-member", InvitePage(c, member), false},
		{"invite-failed", InvitePage(c, failed), false},
		{"invite-full", InvitePage(c, full), false},
		{"invite-result", InviteResultPage(c, InviteResult{ID: "9", Email: "piers.hollingwane@example.com", Password: `kT7<vmQ2&"x9Rd`, Seats: Seats{Used: 43, Limit: 50}}), false},
		{"invite-result-chosen", InviteResultPage(c, InviteResult{ID: "9", Email: "piers.hollingwane@example.com", Chosen: true, Seats: Seats{Used: 43}}), false},
		{"invite-repeated", InviteRepeatedPage(c, InviteRepeated{ID: "9", Email: "piers.hollingwane@example.com", Outcome: OutcomeDone}), false},
	}
}

func otherSamples(b Base) []sample {
	c := sampleChrome(b)
	c.Section = SectionActivity
	nobody := Chrome{Base: b, Instance: "acme-prod", Theme: ThemeDark}
	fault := ErrorView{Status: 502, Title: "Wallaroo does not answer", Message: "It was asked three times in ten seconds.", Done: "Nothing was changed.", Next: []Action{{Text: "Try again", Href: b.URL("/users"), Primary: true, Icon: "refresh"}}, RequestID: "req-a80c53ee17"}
	return []sample{
		{"activity", ActivityPage(c, sampleActivity(b)), false},
		{"activity-part", ActivityFragment(c, sampleActivity(b)), true},
		{"activity-empty", ActivityPage(c, ActivityView{KeptDays: 1}), false},
		{"activity-no-match", ActivityPage(c, ActivityView{Filtered: true, Query: hostile, Clear: b.URL("/activity")}), false},
		{"error", ErrorPage(c, fault), false},
		{"error-solo", ErrorPage(nobody, fault), false},
		{"error-part", ErrorFragment(c, fault), true},
		{"mappers", MappersPage(c, MappersView{Status: 403, Client: "wallaroo-user-admin", Guide: "https://example.com/docs", Retry: b.URL("/users"), RequestID: "req-1"}), false},
		{"forbidden", ForbiddenPage(nobody, ForbiddenView{Who: hostile, SwitchAccount: b.URL("/logout"), Wallaroo: "https://wallaroo.example.com", RequestID: "req-2"}), false},
		{"session-ended", SessionEndedPage(nobody, SessionEndedView{SignIn: b.URL("/login"), Next: "user details"}), false},
		{"sign-in-failed", SignInFailedPage(nobody, SignInFailedView{Status: 400, Title: "The sign-in did not work", Message: "The answer of the identity provider was too old.", SignIn: b.URL("/login"), RequestID: "req-3"}), false},
		{"signed-out", SignedOutPage(nobody, SignedOutView{SignIn: b.URL("/login"), ProviderEnded: true}), false},
		{"signing-out", SigningOutPage(nobody, SigningOutView{Href: "https://keycloak.example.com/logout?id_token_hint=x&y=1", Host: "keycloak.example.com"}), false},
	}
}
