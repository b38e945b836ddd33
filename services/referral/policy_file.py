"""The policies are read as every file of policy is: with the line of everything in it."""

from services.chassis.policy_file import Fault, Place, PolicyFaultsError, PolicyFile, read

__all__ = ["Fault", "Place", "PolicyFaultsError", "PolicyFile", "read"]
