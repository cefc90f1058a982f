package app

import (
	"context"
	"log/slog"
	"time"

	"wallaroo-user-admin/internal/config"
	"wallaroo-user-admin/internal/panics"
)

const (
	pruneEvery = 10 * time.Minute
	// pruneWithin bounds each deletion, so that one which the database leaves
	// standing doesn't hold up the others for ever.
	pruneWithin = 2 * time.Minute
)

// pruning deletes what has expired of one kind.
type pruning struct {
	failed string // what to say when it couldn't
	run    func(context.Context) error
}

func (p *parts) prunings(settings config.Settings) []pruning {
	oldest := func() time.Time { return time.Now().Add(-settings.AuditRetention) }
	return []pruning{
		{"expired sessions could not be deleted", func(ctx context.Context) error {
			_, err := p.sessions.Prune(ctx)
			return err
		}},
		{"old activity could not be deleted", func(ctx context.Context) error {
			_, err := p.audit.Prune(ctx, oldest())
			return err
		}},
		{"an old list of users could not be deleted", func(ctx context.Context) error { return p.comparer.Prune(ctx, oldest()) }},
		{"lists that nobody looks at could not be dropped", func(context.Context) error {
			p.directory.DropUnused(settings.SessionIdle)
			return nil
		}},
	}
}

// prune deletes what has expired, at the start and every ten minutes.
func (p *parts) prune(ctx context.Context, settings config.Settings, log *slog.Logger) {
	every := time.NewTicker(pruneEvery)
	defer every.Stop()
	all := p.prunings(settings)
	for {
		for _, one := range all {
			if err := one.within(ctx, pruneWithin); err != nil && ctx.Err() == nil {
				log.Warn(one.failed, slog.Any("error", err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

func (one pruning) within(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return panics.Catch(func() error { return one.run(ctx) })
}
