package archtest_test

// requirement is one row of docs/security.md.
type requirement struct {
	number int
	text   string
}

// section is a group of rows.
type section struct {
	title string
	rows  []requirement
}

// securitySections returns the security requirements. Sources are OWASP
// ASVS 5.0, RFC 9700, OAuth 2.0 for Browser-Based Applications, OpenID Connect
// Core, RP-Initiated and Back-Channel Logout, and the CVEs of similar programs.
func securitySections() []section {
	return []section{
		{"Authorization request and callback", []requirement{
			{1, "PKCE S256 with a new verifier on every sign-in, also as a confidential client"},
			{2, "`state` is random, bound to the browser, single use, short-lived, and checked before the code goes anywhere"},
			{3, "`nonce` is sent and must come back in the ID token"},
			{4, "A callback made in one browser signs in no other"},
			{5, "`iss` of the callback must be the issuer; missing where it is announced is a refusal (RFC 9207)"},
			{6, "The redirect URI comes from the settings, the same in both requests"},
			{7, "The callback redirects, is not stored, and works once"},
			{8, "An error from the provider becomes a page for people, its text escaped and only with a valid state"},
			{9, "Malformed callbacks are refused without a call to the provider"},
			{10, "Several sign-ins in several tabs can all finish"},
			{11, "Only the needed scopes are asked for"},
		}},
		{"ID token, keys, discovery", []requirement{
			{12, "Signatures are always checked, with RS256 alone"},
			{13, "Keys come from the issuer's key set alone"},
			{14, "Key rotation needs no restart; withdrawn and unknown keys are handled; unknown key ids don't flood the provider"},
			{15, "`iss` is equal to the letter"},
			{16, "`aud` holds the client and nobody unknown; `azp` is the client"},
			{17, "`exp`, `iat` and `sub` are there and make sense"},
			{18, "`at_hash` matches; other kinds of token are no ID token"},
			{19, "The discovery document is the issuer's own"},
		}},
		{"When the provider or the API fails", []requirement{
			{20, "Every call outwards is bounded in time and size"},
			{21, "Redirects of the provider or the API are not followed"},
			{22, "Errors, HTML, cut or empty answers become a page for people; the next attempt works"},
			{23, "A panic is caught, logged and answered without a trace"},
			{24, "A 401 of the API ends in sign-in after one refresh at the most, never in a circle"},
		}},
		{"Session and cookie", []requirement{
			{25, "A new session id at sign-in; the old session ends"},
			{26, "Cookies are `__Host-`, Secure, HttpOnly, SameSite=Lax"},
			{27, "Secure doesn't depend on a stranger's X-Forwarded-Proto"},
			{28, "The cookie is a random reference and nothing else"},
			{29, "A broken cookie is no session and no error"},
			{30, "Idle and absolute lifetimes are enforced on the server"},
			{31, "Sessions don't mix under load"},
			{32, "Strangers can't fill the session store"},
		}},
		{"Tokens and refresh", []requirement{
			{33, "Tokens stay on the server: in no page, URL, cookie or log"},
			{34, "The API gets the administrator's own access token"},
			{35, "Tokens are refreshed before they end; rotation is followed"},
			{36, "Requests at once share one refresh, over replicas too"},
			{37, "A refused refresh ends the session; a provider that is down doesn't"},
			{38, "An ID token in a refresh answer must be of the same person and client"},
			{39, "No visitor can change which address is asked"},
		}},
		{"Roles, cross-site requests, methods", []requirement{
			{40, "Without the administrator's role: no session, no call"},
			{41, "Identity is issuer and subject, not email or name"},
			{42, "Changes from other sites, siblings too, are refused"},
			{43, "Sign-out is guarded likewise"},
			{44, "GET and HEAD change nothing; methods can't be overridden"},
			{45, "Other methods, and odd spellings, are refused"},
			{46, "Every page but the public ones needs a session"},
		}},
		{"Sign-out", []requirement{
			{47, "Sign-out ends the session on the server"},
			{48, "Sign-out goes on to the provider, with the hint and a configured way back"},
			{49, "Back-channel sign-out ends the session, or all of a subject's"},
			{50, "Faulty logout tokens are refused and nothing ends"},
			{51, "A logout token counts once, by POST, of bounded size"},
		}},
		{"Redirects, headers, htmx", []requirement{
			{52, "The page to come back to stays on the site, as a browser reads it"},
			{53, "It is never a sign-in or sign-out page"},
			{54, "A strict content policy on every answer, errors too"},
			{55, "nosniff, COOP, referrer policy, HSTS with https, nothing stored"},
			{56, "htmx asks its own origin alone, without eval; a fragment without a session leads to sign-in as a whole page"},
			{57, "What people type stays text"},
			{58, "No cell of an export is a formula"},
		}},
		{"Proxies, HTTP, operation", []requirement{
			{59, "Forwarded addresses count from configured proxies alone, and never make URLs"},
			{60, "Headers that name a user or an address mean nothing"},
			{61, "Public routes are matched exactly"},
			{62, "Headers, bodies and times are bounded"},
			{63, "The visitor's headers and cookies are not passed on"},
			{64, "No listing, traversal, profiler, metrics or version on the public port"},
			{65, "Sign-ins, refusals and changes are logged, without secrets and in one line"},
			{66, "A new user's password is shown once: not cached, logged, kept or put in a URL"},
			{67, "Bad settings keep the server from starting"},
			{68, "Dependencies are current and scanned"},
		}},
	}
}
