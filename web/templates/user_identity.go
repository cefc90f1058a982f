package templates

// actionWords returns Keycloak's required actions in words; an unknown one stays as it is.
func actionWords(codes []string) []string {
	known := map[string]string{ //nolint:gosec // names of actions, no secrets
		"UPDATE_PASSWORD":                "Set a new password",
		"VERIFY_EMAIL":                   "Verify email",
		"UPDATE_EMAIL":                   "Update email",
		"UPDATE_PROFILE":                 "Update profile",
		"VERIFY_PROFILE":                 "Check profile",
		"CONFIGURE_TOTP":                 "Set up an authenticator app",
		"CONFIGURE_RECOVERY_AUTHN_CODES": "Set up recovery codes",
		"TERMS_AND_CONDITIONS":           "Accept the terms",
		"webauthn-register":              "Register a security key",
		"webauthn-register-passwordless": "Register a passkey",
		"update_user_locale":             "Choose a language",
		"delete_credential":              "Remove a credential",
	}
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = code
		if w, ok := known[code]; ok {
			words[i] = w
		}
	}
	return words
}
