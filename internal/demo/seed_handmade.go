package demo

import "strings"

// signers returns the accounts that the demo prints at its start and tests sign in with.
func (s *seeder) signers() []*account {
	admin := s.healthy(AdminEmail, "Ada", "Administrator")
	admin.id, admin.admin = AdminID, true

	plain := s.healthy(PlainEmail, "Uma", "User")

	builtIn := s.healthy("", "", "")
	builtIn.username, builtIn.admin, builtIn.emailVerified = BuiltInAdmin, true, false

	second := s.healthy(SecondAdminEmail, "Sven", "Second")
	second.admin = true
	return []*account{admin, plain, builtIn, second}
}

// troubled returns at least one account of every kind that the dashboard shows or handles specially.
func (s *seeder) troubled() []*account {
	return append(append(s.misregistered(), s.unusual()...), s.misnamed()...)
}

// misregistered returns accounts with the username and email problems of the vendor's troubleshooting page.
func (s *seeder) misregistered() []*account {
	return []*account{
		s.but("", "Nora", "Nomail", func(a *account) { a.username = "nora" }),
		s.but("mallory(at)example.com", "Mallory", "Malformed", nil),
		s.but("differs@example.com", "Dora", "Differs", func(a *account) { a.username = "dora.other@example.com" }),
		s.but("Mixed.Case@Example.com", "Mika", "Mixed", nil), // differs from its username by case only: fine
		s.but("unconfirmed@example.com", "Una", "Unconfirmed", func(a *account) { a.emailVerified = false }),
		s.but("shared@example.com", "Sam", "Shared", nil),
		s.but("shared@example.com", "Sasha", "Shared", func(a *account) { a.username = "sasha" }),
		s.but("not-an-email", "Bo", "Both", func(a *account) { a.username, a.emailVerified = "bo.both", false }),
		s.but("", "Dana", "Deactivated-Nomail", func(a *account) { a.username, a.enabled = "dana", false }),
	}
}

// unusual returns accounts in unusual states: deactivated, federated, pending actions, unknown times.
func (s *seeder) unusual() []*account {
	action := func(actions ...string) func(*account) {
		return func(a *account) { a.actions = actions }
	}
	return []*account{
		s.but("deactivated@example.com", "Dea", "Deactivated", func(a *account) { a.enabled = false }),
		s.but("former.colleague@example.org", "Frida", "Former", func(a *account) {
			a.enabled, a.emailVerified = false, false
		}),
		s.but("google@example.com", "Gil", "Google", func(a *account) {
			a.links = []link{{"google", "117600000000000000001", "google@example.com"}}
		}),
		s.but("two.links@example.com", "Tove", "Twolinks", func(a *account) {
			a.links = []link{
				{"google", "117600000000000000002", "two.links@example.com"},
				{"github", "4221337", "tove-<b>twolinks</b>"},
			}
		}),
		s.but("update.password@example.com", "Upali", "Password", action(updatePassword)),
		s.but("verify.email@example.com", "Vera", "Verify", func(a *account) {
			a.actions, a.emailVerified = []string{"VERIFY_EMAIL"}, false
		}),
		s.but("configure.totp@example.com", "Otto", "Totp", action("CONFIGURE_TOTP")),
		s.but("update.profile@example.com", "Petra", "Profile", action("UPDATE_PROFILE")),
		s.but("terms@example.com", "Terry", "Terms", action("TERMS_AND_CONDITIONS")),
		s.but("passkey@example.com", "Paz", "Passkey", action("webauthn-register-passwordless", "CONFIGURE_RECOVERY_AUTHN_CODES")),
		s.but("unknown.action@example.com", "Una", "Action", action("SIGN_IN_BLOOD", updatePassword)),
		s.but("not.manageable@example.com", "Nino", "Untouchable", func(a *account) { a.manage = false }),
		s.but("no.created@example.com", "Nadia", "Nocreated", func(a *account) { a.created = 0 }),
		s.but("bare@example.com", "", "", func(a *account) {
			a.created, a.onlyManage, a.lastKnown = 0, true, signInUnknown
		}),
		s.but("never@example.com", "Neve", "Never", func(a *account) { a.lastKnown, a.lastLogin = signInNever, 0 }),
		s.but("unknown.login@example.com", "Uri", "Unknown", func(a *account) { a.lastKnown = signInUnknown }),
		s.but("extra.fields@example.com", "Xenia", "Extra", func(a *account) { a.extra = unknownMembers }),
		s.but("bulky@example.com", "Bulat", "Bulky", func(a *account) { a.extra = bulkyMetadata }),
	}
}

// misnamed returns accounts whose names and addresses tend to break pages and spreadsheets.
func (s *seeder) misnamed() []*account {
	const longLocal = "a.very.long.address.that.somebody.really.has.because.the.rules.allow"
	longDomain := strings.Repeat("subdomain.", 15) + "example.com"
	return []*account{
		s.but("layla@example.com", "ليلى", "الأحمد", nil),
		s.but("mixed.direction@example.com", "Noa \u202eevil", "שלום", nil),
		s.but("taro@example.com", "太郎", "山田", nil),
		s.but("minjun@example.com", "민준", "김", nil),
		s.but("zoe@example.com", "Zoe\u0308", "A\u030angstro\u0308m", nil), // combining marks
		s.but("emoji@example.com", "👩🏽‍🔬 Ravi", "🏳️‍🌈 Rainbow", nil),
		s.but("ümlaut@exämple.com", "Jürgen", "Größe", nil),
		s.but("o'brien@example.com", "Siobhán", "O'Brien-Ní Dhomhnaill", nil),
		s.but("long.name@example.com", strings.Repeat("Longnamed", 11)+"x", strings.Repeat("Without Spaces ", 7)[:100], nil),
		s.but(longLocal[:64]+"@"+longDomain, "Lola", "Longaddress", nil),
		s.but("script@example.com", "<script>alert(1)</script>", "Script", nil),
		s.but("onerror@example.com", `"><img src=x onerror=alert(1)>`, "Image", nil),
		s.but("hx@example.com", `<b hx-get="/x" hx-trigger="load">Hex</b>`, "{{.}} ${7*7}", nil),
		s.but("formula@example.com", "=cmd|' /C calc'!A0", "@SUM(1+1)", nil),
		s.but("plus@example.com", "+1 234", "-2+3", nil),
		s.but("spaces@example.com", "  Spacey ", "\tTabbed", nil),
	}
}

// but returns a healthy account after change; nil changes nothing.
func (s *seeder) but(email, first, last string, change func(*account)) *account {
	a := s.healthy(email, first, last)
	if email == "" {
		a.emailVerified = false
	}
	if change != nil {
		change(a)
	}
	return a
}
