/* The gate of a target whose inputs name files and servers. */

#ifndef GATE_H
#define GATE_H

/* From here on files are opened below the folder only, and connections refused. */
void close_gate(const char *folder);

/* Everything is as the system has it. */
void open_gate(void);

#endif
