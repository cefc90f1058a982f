package emails_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"wallaroo-user-admin/internal/emails"
)

func TestSame(t *testing.T) {
	for _, same := range [][]string{
		{"idn@müller.example", "idn@xn--mller-kva.example", " IDN@MÜLLER.example", "idn@XN--MLLER-KVA.EXAMPLE", "idn@mu\u0308ller.example", "idn@müller。example"},
		{"a@straße.example", "a@xn--strae-oqa.example"},
		{"a@strasse.example"}, // is another domain than straße.example
		{"a@müller.пример", "a@xn--mller-kva.xn--e1afmkfd", "a@müller.xn--e1afmkfd"},
		{"a@例え.example", "a@xn--r8jz45g.example"},
		{"ada@example.com", "Ada@Example.COM", "ada@example.com\n"},
		{"a@b@müller.example", "a@B@xn--mller-kva.example"},
		{"müller@example.com"}, // a local part has one spelling
		{"xn--mller-kva@example.com"},
		{"admin", "ADMIN"},
		{"xn--mller-kva.example"}, // a username
		{"a@xn--zzzzzzzz99999.example", "a@XN--zzzzzzzz99999.example"}, // not IDNA
		{"a@xn--.example"},
		{"a@\xff.example"},
		{"", " "},
		{"@"},
	} {
		for _, x := range same {
			for _, y := range same {
				if !emails.Same(x, y) {
					t.Errorf("%q is not %q", x, y)
				}
			}
		}
	}
	distinct := []string{"a@straße.example", "a@strasse.example", "müller@example.com", "xn--mller-kva@example.com", "admin", "a@xn--.example", "a@müller.example", "a@muller.example", "b@müller.example"}
	for i, x := range distinct {
		for _, y := range distinct[i+1:] {
			if emails.Same(x, y) {
				t.Errorf("%q is %q", x, y)
			}
		}
	}
}

func TestVariants(t *testing.T) {
	for _, address := range []string{"idn@müller.example", "idn@xn--mller-kva.example", "IDN@Müller.Example"} {
		if got := emails.Variants(address); !slices.Equal(got, []string{"idn@xn--mller-kva.example", "idn@müller.example"}) {
			t.Errorf("%q: %q", address, got)
		}
	}
	for address, want := range map[string]string{
		"idn@Müller.example": "müller.example", "idn@xn--mller-kva.example": "müller.example", "a@Example.com": "example.com",
		"a@xn--zzzzzzzz99999.example": "xn--zzzzzzzz99999.example", "admin": "", "": "",
	} {
		if got := emails.Domain(address); got != want {
			t.Errorf("the domain of %q is %q", address, got)
		}
	}
	for _, address := range []string{"ada@example.com", "müller@example.com", "admin", "", "a@xn--zzzzzzzz99999.example"} {
		if got := emails.Variants(address); got != nil {
			t.Errorf("%q: %q", address, got)
		}
	}
}

func TestBothSpellingsOfADomainAreTheSame(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		local := rapid.StringMatching(`[a-z0-9._+]{1,10}`).Draw(t, "local")
		domain := rapid.StringMatching(`[\p{Latin}\p{Greek}\p{Cyrillic}\p{Han}\p{Hiragana}\p{Thai}0-9-]{1,12}\.[a-zà-ÿа-я]{2,5}`).Draw(t, "domain")
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			t.Skip(err)
		}
		unicode, err := idna.Lookup.ToUnicode(ascii)
		if err != nil {
			t.Skip(err)
		}
		compared++
		for _, other := range []string{unicode, ascii, strings.ToUpper(ascii)} {
			if !emails.Same(local+"@"+unicode, strings.ToUpper(local)+"@"+other) {
				t.Errorf("%q is not %q", unicode, other)
			}
		}
		for _, address := range []string{unicode, ascii} {
			if v := emails.Variants(local + "@" + address); ascii != unicode && !slices.Equal(v, []string{local + "@" + ascii, local + "@" + unicode}) {
				t.Errorf("%q is written %q", address, v)
			}
		}
	})
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// check holds what a key has to be for Same to be an equivalence that agrees with itself.
func check(t *testing.T, x, y string) {
	t.Helper()
	if !emails.Same(x, x) || emails.Same(x, y) != emails.Same(y, x) {
		t.Errorf("%q, %q: not reflexive or not symmetric", x, y)
	}
	if emails.Same(x, y) != (emails.Key(x) == emails.Key(y)) {
		t.Errorf("%q, %q: not by the key, so not transitive", x, y)
	}
	if key := emails.Key(x); emails.Key(key) != key {
		t.Errorf("%q has the key %q, and that has %q", x, key, emails.Key(key))
	}
	for _, v := range emails.Variants(x) {
		if !emails.Same(v, x) {
			t.Errorf("%q is written %q, which is not the same", x, v)
		}
	}
}

func FuzzKey(f *testing.F) {
	for _, x := range []string{"idn@müller.example", "idn@xn--mller-kva.example", "A@xn--zzzzzzzz99999.example", "a@\xff", "@", "a@straẞe.example", "a@\u00ad", "a@ｘn--mller-kva.example", "İ@İ", "a@ü\u3000\u00ad", "a@ü＠ü"} {
		f.Add(x, "a@"+x)
	}
	f.Fuzz(func(t *testing.T, x, y string) { check(t, x, y) })
}
