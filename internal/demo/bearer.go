package demo

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	discovery "github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

var errNoBearer = errors.New("no access token")

// bearers checks access tokens as a resource server of the realm does: signature, issuer and time, not the audience.
type bearers struct {
	issuer string
	keys   func(context.Context) (oidc.KeySet, error)
}

// verify returns the claims of the request's access token. ID tokens and tokens without realm roles are rejected, and
// expired ones, compared in whole seconds as Keycloak does.
func (b bearers) verify(r *http.Request) (*oidc.AccessTokenClaims, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, errNoBearer
	}
	keys, err := b.keys(r.Context())
	if err != nil {
		return nil, err
	}
	claims, err := op.VerifyAccessToken[*oidc.AccessTokenClaims](r.Context(), token, &op.AccessTokenVerifier{
		Issuer: b.issuer, KeySet: keys, SupportedSignAlgs: []string{"RS256"}, Offset: -time.Second,
	})
	if err != nil {
		return nil, err
	}
	if _, ok := claims.Claims["realm_access"]; !ok || claims.Claims["typ"] != "Bearer" {
		return nil, errors.New("not an access token of this realm")
	}
	return claims, nil
}

// rolesOf returns the realm roles of an access token.
func rolesOf(claims *oidc.AccessTokenClaims) []string {
	access, _ := claims.Claims["realm_access"].(map[string]any)
	list, _ := access["roles"].([]any)
	roles := make([]string, 0, len(list))
	for _, role := range list {
		if name, ok := role.(string); ok {
			roles = append(roles, name)
		}
	}
	return roles
}

// remoteBearers verifies tokens of a real issuer. Discovery runs at the first token, and again after a failure.
func remoteBearers(issuer string) bearers {
	var (
		mu   sync.Mutex
		keys oidc.KeySet
		web  = &http.Client{Timeout: 10 * time.Second}
	)
	return bearers{issuer: issuer, keys: func(ctx context.Context) (oidc.KeySet, error) {
		mu.Lock()
		defer mu.Unlock()
		if keys == nil {
			found, err := discovery.Discover(ctx, issuer, web)
			if err != nil {
				return nil, err
			}
			keys = rp.NewRemoteKeySet(web, found.JwksURI)
		}
		return keys, nil
	}}
}
