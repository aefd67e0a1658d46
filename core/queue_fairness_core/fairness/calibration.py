"""How the thresholds of the verdict were chosen: the simulator, 20 seeds, and the margins left.

Reproduce with `python tests/fairness/calibrate.py --seeds 20`; the simulator stands beside it. It
runs 62 loads: those of fairness.md 2.2, and drains of P = 50 to 1000 partitions of m = 3 to 20
tasks by W = 2 to 16 workers. Service times vary by 20 % (gamma) unless named otherwise, work is
25 ms, 8 workers do 320 tasks/s. Of 7,120 runs none got a verdict better than the one due to it, and
none of the fair ones a worse one than FAIR.

What tells the cases apart, and the margin on either side (extremes over all seeds):

```
line drawn                          on the one side               on the other side
----------------------------------  ----------------------------  --------------------------------
wait > 20 rounds: STARVING          random: up to 14 (weighted    scan, load 0.95: from 56
                                    4:1: 17)                      in turn: only with m > 20
p99 wait > 12 rounds: UNFAIR        random: up to 8.8 (weighted   scan, load 0.95: from 35
                                    4:1: 9 to 14, either way)
in turn: first wait > 2.5 x later   random: up to 1.8 x and 7 %,  from 50 x and 18 %
  waits and 10 % emptied: UNFAIR    never both                    (real server, 0 ms: 3.8 x)
round Jain < 0.45: UNFAIR           random: from 0.50             in turn, W << P: up to 0.41
p99 wait <= 1.5, debt <= 2: FAIR    round robin: 1.0 and 1.9      random: 1.8 (m = 3, W = P / 3)
p99 wait <= 2.5, debt <= 5 % of     virtual time, C': 2.2         random, C': 3.2
  the rounds: FAIR
debt <= 6, Jain >= 0.85: FAIR       virtual time, B: 4.5, 0.92    random: 0.79
debt <= 3, Jain >= 0.805: FAIR      virtual time, C: 2.6, 0.82    random, C: 0.79
load < 0.75: INCONCLUSIVE           D, key-shard: up to 0.71      C: from 0.82
contended < 5 %: INCONCLUSIVE       D: up to 3 %                  virtual time, C: from 27 %
```

Where this departs from fairness.md 2.1, and why:

- *Contended* there is "two or more eligible tenants". Here somebody must have been passed over:
  more tenants eligible than workers idle. A good discipline keeps few waiting, so a share of 50 %
  calls round robin inconclusive in scenario C; low load is told by the load itself, which is the
  same under every discipline, and 5 % contended are enough beside it.
- A round of a wait is the larger of the backlogs at its two ends (waits.py): virtual time would
  starve at load 0.95 otherwise (23 rounds, a tenth of a second).
- "No service after 10 rounds" is not used. Uniformly random choice does that to 4 of 100 runs of
  1000 partitions (P e^-10). A drain in turn never reaches m rounds, so 1000 x 10 would be
  sure never to trip it anyway, and is UNFAIR by its mechanism, at every m from 3 up.
- Debt beside strict turns may be 5 % of the rounds: under the lock, with twice as many tenants as
  workers (C'), busy tenants drift apart by chance, under round robin too.
- Work conservation is judged by the time workers are idle *after being sent away*. The time spent
  asking is shown beside it; at 5 ms of work it is 8 % under round robin on a real server.

What falls short: random choice between few tenants at moderate load differs little from virtual
time (C: .79 against .82), and virtual time at loads of 0.95 to 1.05 is FAIR ON AVERAGE ONLY (Jain
.72 to .85; it serves newcomers first). Scan at load 0.8 is FAIR ON AVERAGE ONLY or worse, by seed.

Lowest and highest value over 20 seeds; `?` is INCONCLUSIVE, `avg` FAIR ON AVERAGE ONLY. Of the
grid of drains five sizes are shown:

```
scenario            discipline   verdicts of 20        wait p99     debt    Jain contend    load
A1 1000x1           scan         ?20                        .99      1.0     1.0     1.0 .99-1.0
A1 1000x1           fifo         ?20                        .99      1.0     1.0     1.0 .99-1.0
A1 1000x1           random       ?20                        .99      1.0     1.0     1.0 .99-1.0
A1 1000x1           key-shard    ?20                        .99      1.0     1.0 .99-1.0 .98-.99
A1 1000x1           round-robin  ?20                        .99      1.0     1.0     1.0 .99-1.0
A1 1000x1           virtual-time ?20                        .99      1.0     1.0     1.0 .99-1.0
A 50x3 16w          scan         unfair20               2.7-2.9  2.7-2.9 .52-.59 .89-.97 .79-.87
A 50x3 16w          fifo         unfair20               2.7-2.9  2.7-2.9 .52-.58 .90-.95 .78-.88
A 50x3 16w          random       avg20                  2.0-2.9  1.8-2.9 .68-.77 .93-.98 .81-.94
A 50x3 16w          key-shard    unfair20               2.7-2.9  2.7-2.9 .41-.50 .79-.89 .63-.82
A 50x3 16w          round-robin  fair20                     .98  .98-1.1 .96-1.0     .99 .90-.96
A 50x3 16w          virtual-time fair20                     .98      .98     1.0     .99 .90-.96
A 50x20 2w          scan         unfair20                 19-20    19-20 .14-.15 .96-.98 .98-1.0
A 50x20 2w          fifo         unfair20                 19-20       19 .14-.15 .96-.97 .99-1.0
A 50x20 2w          random       avg20                  5.0-9.2   6.7-12 .52-.55 .99-1.0     1.0
A 50x20 2w          key-shard    unfair20                    20       20 .14-.15 .96-.97     .98
A 50x20 2w          round-robin  fair20                     .98  .98-1.1 .99-1.0     1.0     1.0
A 50x20 2w          virtual-time fair20                     .98      .98     1.0     1.0     1.0
A 100x3 8w          scan         unfair20               2.8-2.9      2.9 .39-.43 .95-.98 .95-.98
A 100x3 8w          fifo         unfair20               2.8-2.9      2.9 .39-.42 .96-.98 .95-.97
A 100x3 8w          random       avg20                  2.4-2.8  2.4-2.9 .58-.66 .98-.99 .95-.99
A 100x3 8w          key-shard    unfair20                   2.9  2.9-3.0 .38-.41 .94-.98 .91-.96
A 100x3 8w          round-robin  fair20                 .98-.99  .99-1.1 .99-1.0     1.0 .97-.99
A 100x3 8w          virtual-time fair20                 .98-.99      .99     1.0     1.0 .97-.99
A 100x5 8w          scan         unfair20               4.7-4.8  4.8-4.9 .31-.33 .95-.98 .95-.98
A 100x5 8w          fifo         unfair20               4.7-4.8  4.8-4.9 .30-.33 .95-.97 .96-.97
A 100x5 8w          random       avg20                  3.4-4.5  3.6-4.7 .56-.62 .99-1.0 .96-1.0
A 100x5 8w          key-shard    unfair20               4.8-4.9  4.8-4.9 .29-.33 .95-.97 .89-.96
A 100x5 8w          round-robin  fair20                 .98-.99  1.0-1.1 .98-1.0     1.0 .99-1.0
A 100x5 8w          virtual-time fair20                 .98-.99      .99     1.0     1.0 .99-1.0
A 1000x10 8w        scan         unfair20               9.8-9.9   9.9-10     .12 .99-1.0 .99-1.0
A 1000x10 8w        fifo         unfair20               9.8-9.9   9.9-10     .12     1.0     1.0
A 1000x10 8w        random       avg20                  5.3-6.1  7.1-8.4 .52-.54     1.0     1.0
A 1000x10 8w        key-shard    unfair20               9.8-9.9       10     .12 .99-1.0 .98-.99
A 1000x10 8w        round-robin  fair20                     .99      1.0     1.0     1.0     1.0
A 1000x10 8w        virtual-time fair20                 .99-1.0      1.0     1.0     1.0     1.0
A 1000x10 shuffled  fifo         avg20                  4.6-5.1  5.1-6.7 .54-.56     1.0     1.0
A 1000x10 in turns  fifo         fair20                     1.0      1.0     1.0     1.0     1.0
A 1000x10 jitter 1  scan         unfair20               9.8-9.9   9.9-10     .12 .99-1.0 .99-1.0
A 1000x10 jitter 1  fifo         unfair20               9.8-9.9   9.9-10     .12 .99-1.0 .99-1.0
A 1000x10 jitter 1  random       avg20                  5.2-6.3  6.7-8.8 .52-.53     1.0 .99-1.0
A 1000x10 jitter 1  key-shard    unfair20                   9.9       10 .11-.12     .99 .97-.99
A 1000x10 jitter 1  round-robin  fair20                 .99-1.0  1.0-1.1 .99-1.0     1.0     1.0
A 1000x10 jitter 1  virtual-time fair20                     1.0      1.0     1.0     1.0     1.0
B load 1.2          scan         starv20                160-238    52-56 .14-.15     1.0     1.0
B load 1.2          fifo         avg20                  6.2-7.5  7.6-8.7 .53-.56     1.0     1.0
B load 1.2          random       avg20                  6.6-8.7    12-17 .53-.55     1.0     1.0
B load 1.2          key-shard    avg20                  5.8-7.4   8.7-12 .53-.54     1.0     1.0
B load 1.2          round-robin  fair20                 .98-.99  .98-1.0     .99     1.0     1.0
B load 1.2          virtual-time fair20                 2.1-3.7  2.2-4.4 .93-.94     1.0     1.0
B load 0.95         scan         starv20                 35-185   3.6-11 .44-.53 .69-.80 .93-.96
B load 0.95         random       avg20                  5.7-8.8  2.3-4.1 .68-.71 .70-.81 .93-.96
B load 0.95         round-robin  fair20                 .96-.98  1.0-1.7 .96-.97 .70-.81 .94-.96
B load 0.8          scan         avg12 starv5 unfair3    7.0-23  2.0-3.0 .63-.69 .27-.37 .79-.82
B load 0.8          random       avg20                  4.0-5.6  1.4-3.0 .75-.78 .26-.36 .79-.82
B load 0.8          round-robin  fair20                 .90-.95  1.0-1.5 .95-.97 .27-.36 .79-.82
C 1 noisy, no lock  scan         starv20               598-2354    50-63     .05 .89-.91 .82-.84
C 1 noisy, no lock  fifo         starv20                    100    39-57 .17-.18 .90-.91 .82-.84
C 1 noisy, no lock  random       avg20                  4.5-8.5  2.0-2.4 .77-.79 .46-.51 .82-.84
C 1 noisy, no lock  key-shard    starv20                312-462    52-67 .20-.24 .74-.83 .89-.91
C 1 noisy, no lock  round-robin  fair20                 .86-.88  1.0-1.2     1.0 .47-.51 .82-.84
C 1 noisy, no lock  virtual-time fair20                 3.5-5.5  1.7-2.3 .82-.84 .27-.30 .82-.84
C 1 noisy, lock     scan         ?20                    .50-1.8  .67-1.6 .70-.95 .00-.01 .41-.42
C 1 noisy, lock     fifo         ?20                    .50-.80  .75-1.2 .73-.94 .00-.01 .40-.42
C 1 noisy, lock     random       ?20                    .50-1.7  .67-1.6 .62-.92 .00-.01 .40-.42
C 1 noisy, lock     key-shard    starv20                312-462    52-67 .20-.24 .67-.82 .87-.89
C 1 noisy, lock     round-robin  ?20                    .50-.75  .67-1.5 .66-1.0 .00-.01 .40-.42
C 1 noisy, lock     virtual-time ?20                    .50-2.0  .67-1.6 .62-1.0 .00-.01 .40-.42
C' 8 noisy, lock    scan         starv20                333-668    48-59 .20-.21 .88-.90 .82-.84
C' 8 noisy, lock    fifo         starv20                  95-99    39-57 .26-.27 .90-.92 .82-.84
C' 8 noisy, lock    random       avg20                  3.4-6.1   9.1-30 .76-.77 .87-.89 .82-.84
C' 8 noisy, lock    key-shard    starv20                100-102    39-58 .26-.28 .91-.94 .86-.90
C' 8 noisy, lock    round-robin  fair20                 .81-.93   5.9-13 .82-.84 .86-.89 .82-.84
C' 8 noisy, lock    virtual-time fair20                 1.3-2.0  5.4-9.9 .80-.81 .86-.89 .82-.84
D load 0.5          scan         ?20                    1.0-3.0  1.0-1.7 .74-.88 .01-.03 .48-.51
D load 0.5          fifo         ?20                    .75-.83  .70-1.0 .94-1.0 .01-.03 .48-.51
D load 0.5          random       ?20                    1.2-2.0      1.0 .81-.95 .02-.03 .48-.51
D load 0.5          key-shard    ?20                    3.5-5.0  1.2-2.0 .61-.65 .15-.22 .66-.71
D load 0.5          round-robin  ?20                    .75-.83  .75-1.0 .91-1.0 .01-.03 .48-.51
D load 0.5          virtual-time ?20                    .75-1.5  .83-1.7 .89-.99 .01-.03 .48-.51
E weights 4:1       scan         starv20                  59-62       40 .11-.12 .96-.98 .99-1.0
E weights 4:1       fifo         starv20                  30-31    37-38     .14     .97 .98-.99
E weights 4:1       random       avg18 unfair2           9.1-14    23-29 .53-.56     1.0 .99-1.0
E weights 4:1       key-shard    starv20                  30-31    37-39 .13-.14 .96-.97 .95-.99
E weights 4:1       round-robin  unfair20                   1.5       15 .73-.74     1.0     1.0
E weights 4:1       virtual-time fair20                 1.5-1.6      1.6     1.0     1.0     1.0
F Zipf backlog      scan         starv20                  36-45  192-397 .12-.20 .75-.91 .49-.73
F Zipf backlog      fifo         starv20                     47    61-63     .07 .94-.95 .73-.74
F Zipf backlog      random       avg20                  5.3-8.0    14-23 .59-.61 .68-.70 .52-.53
F Zipf backlog      key-shard    starv20                     50  100-155     .06     .99 .98-.99
F Zipf backlog      round-robin  fair20                     .99  2.6-4.8 .97-.98     .69 .52-.53
F Zipf backlog      virtual-time fair20                     .99  1.5-3.1 .99-1.0     .69 .52-.53
```
"""
