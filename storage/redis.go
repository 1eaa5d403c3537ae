package storage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
)

// Redis is what the replicas share besides the database: the platforms' access tokens and the counts
// of what was sent to whom. It is a convenience: nothing is lost or sent twice without it, so a
// Redis that is down, slow or empty is logged and passed over.
//
// It satisfies the wechat library's cache.ContextCache.
type Redis struct {
	c      *redis.Client
	rate   *redis_rate.Limiter
	prefix string
	log    *slog.Logger
}

// redisTime is how long anything waits for Redis.
const redisTime = 50 * time.Millisecond

// OpenRedis makes the client for "redis://…", "rediss://…" or "unix://…". It does not connect yet: a
// Redis that is down at the start is found when it is back. Keys begin with prefix. log may be nil.
func OpenRedis(url, prefix string, log *slog.Logger) (*Redis, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		// The parser quotes the url, and the password in it.
		return nil, errors.New("storage: the redis url cannot be read; want redis://[:password@]host:port/db")
	}
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = redisTime, redisTime, redisTime, redisTime
	o.ContextTimeoutEnabled = true
	o.MaxRetries, o.DialerRetries = -1, 1
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := redis.NewClient(o)
	return &Redis{c: c, rate: redis_rate.NewLimiter(c), prefix: prefix, log: log}, nil
}

// Close gives the connections back.
func (r *Redis) Close() error { return r.c.Close() }

// Ping asks for a sign of life.
func (r *Redis) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	if err := r.c.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("storage: redis: %w", err)
	}
	return nil
}

// GetContext gives the string kept under key, or nil: the library asserts the type of what it gets,
// so a miss must be an untyped nil.
func (r *Redis) GetContext(ctx context.Context, key string) any {
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	s, err := r.c.Get(ctx, r.prefix+key).Result()
	if err != nil {
		if !errors.Is(err, redis.Nil) {
			r.log.WarnContext(ctx, "storage: redis: get", "error", err)
		}
		return nil
	}
	return s
}

// SetContext keeps a value for a time. The library computes times that can be zero or less, which
// would mean for ever to Redis: those keep nothing. It never fails.
func (r *Redis) SetContext(ctx context.Context, key string, val any, timeout time.Duration) error {
	if timeout <= 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	if err := r.c.Set(ctx, r.prefix+key, val, timeout).Err(); err != nil {
		r.log.WarnContext(ctx, "storage: redis: set", "error", err)
	}
	return nil
}

// IsExistContext says whether GetContext would give a value.
func (r *Redis) IsExistContext(ctx context.Context, key string) bool {
	return r.GetContext(ctx, key) != nil
}

// DeleteContext forgets a key. It never fails.
func (r *Redis) DeleteContext(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	if err := r.c.Del(ctx, r.prefix+key).Err(); err != nil {
		r.log.WarnContext(ctx, "storage: redis: delete", "error", err)
	}
	return nil
}

// Get is GetContext.
func (r *Redis) Get(key string) any { return r.GetContext(context.Background(), key) }

// Set is SetContext.
func (r *Redis) Set(key string, val any, timeout time.Duration) error {
	return r.SetContext(context.Background(), key, val, timeout)
}

// IsExist is IsExistContext.
func (r *Redis) IsExist(key string) bool { return r.IsExistContext(context.Background(), key) }

// Delete is DeleteContext.
func (r *Redis) Delete(key string) error { return r.DeleteContext(context.Background(), key) }

// Allow books one event under key unless that could make more than limit within any window; then
// after retryAfter there is room. An error means that Redis did not answer in time and nothing is
// known: the caller counts alone.
func (r *Redis) Allow(ctx context.Context, key string, limit int, window time.Duration) (ok bool, retryAfter time.Duration, err error) {
	if limit <= 0 || window <= 0 {
		return false, window, nil
	}
	ctx, cancel := context.WithTimeout(ctx, redisTime)
	defer cancel()
	burst, rate := split(limit)
	res, err := r.rate.Allow(ctx, r.prefix+key, redis_rate.Limit{Rate: rate, Burst: burst, Period: window})
	if err != nil {
		return false, 0, fmt.Errorf("storage: redis: %w", err)
	}
	if res.Allowed > 0 {
		return true, 0, nil
	}
	return false, res.RetryAfter, nil
}

// split divides a limit into what may come at once and what flows on afterwards. A leaky bucket lets
// burst + rate through in its first window, so the two together are the limit. A limit of one is one
// event a window.
func split(limit int) (burst, rate int) {
	if limit == 1 {
		return 1, 1
	}
	burst = max(1, limit/4)
	return burst, limit - burst
}
