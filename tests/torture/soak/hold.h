/* A reader that holds its snapshot. */
#ifndef HOLD_H
#define HOLD_H

/* Takes the snapshot in the process that holds it when it is asked to, and releases it later. */
void hold(int number);

void release(void);

#endif
